package harvest

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"fincat/harvest/quality"
	"fincat/store"
)

// TestChecksOnSchedule lets the schedule run the checks, with the token of the source for
// its host.
func TestChecksOnSchedule(t *testing.T) {
	s := openStore(t)
	var address string
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/list.json":
			fmt.Fprintf(w, `[{"datasetId":1,"title":"甲","updateFrequency":"每1月","modifiedDate":"2026-09-01 00:00:00",`+
				`"distribution":[{"resourceDownloadUrl":"%s/a.csv","resourceFormat":"CSV",`+
				`"resourceField":"年"}]}]`, address)
		case r.URL.Path == "/a.csv" && r.Header.Get("X-Key") == "secret":
			fmt.Fprint(w, "年\n113\n")
		default:
			http.NotFound(w, r)
		}
	}))
	defer srv.Close()
	address = srv.URL
	t.Setenv("QUALITY_TEST_KEY", "secret")
	cfg, err := ParseConfig(strings.NewReader(fmt.Sprintf("base: https://e.tw/\n"+
		"harvest: {allow_private_addresses: [127.0.0.1]}\nquality: {schedule: '@every 1s', rate: 100/s}\nsources:\n"+
		"- {id: a, kind: datagovtw, url: '%s/list.json', rate: 100/s, "+
		"token_env: QUALITY_TEST_KEY, token_header: X-Key}\n",
		srv.URL)))
	if err != nil {
		t.Fatal(err)
	}
	h := newHarvester(t, s, cfg)
	mustRun(t, h, "a")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	wait := NewScheduler(h, SchedulerOptions{}).Start(ctx)
	defer wait()
	for ctx.Err() == nil {
		sn, err := s.Snapshot()
		if err != nil {
			t.Fatal(err)
		}
		for r, err := range quality.Results(ctx, sn, h.base, nil, false) {
			if err != nil {
				t.Fatal(err)
			}
			if r.Badge != "金" || r.Identifier != "1" {
				t.Errorf("%s has %s: %+v", r.Identifier, r.Badge, r.Resources[0].Findings)
			}
			cancel()
		}
		sn.Close()
		time.Sleep(50 * time.Millisecond)
	}
	if ctx.Err() != context.Canceled {
		t.Error("the schedule did not check the dataset")
	}
}

// TestChecksAfterChange: a record that comes or changes while the schedule is at work has its
// files looked at at once, and the others are left alone.
func TestChecksAfterChange(t *testing.T) {
	s := openStore(t)
	var address string
	var fields, asked atomic.Value
	fields.Store("年")
	asked.Store(0)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/list.json":
			entry := `{"datasetId":%d,"title":"甲","distribution":[{"resourceDownloadUrl":"%s/%d.csv",` +
				`"resourceFormat":"CSV","resourceField":%q}]}`
			fmt.Fprintf(w, "["+entry+","+entry+"]", 1, address, 1, fields.Load(), 2, address, 2, "年")
		case "/1.csv", "/2.csv":
			if r.URL.Path == "/2.csv" {
				asked.Store(asked.Load().(int) + 1)
			}
			fmt.Fprint(w, "年\n113\n")
		default:
			http.NotFound(w, r)
		}
	}))
	defer srv.Close()
	address = srv.URL
	cfg, err := ParseConfig(strings.NewReader(fmt.Sprintf("base: https://e.tw/\n"+
		"harvest: {allow_private_addresses: [127.0.0.1]}\nquality: {schedule: '0 0 1 1 *', rate: 100/s}\nsources:\n"+
		"- {id: a, kind: datagovtw, url: '%s/list.json', rate: 100/s}\n", srv.URL)))
	if err != nil {
		t.Fatal(err)
	}
	h := newHarvester(t, s, cfg)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	sleep := func(ctx context.Context, d time.Duration) {
		select {
		case <-ctx.Done():
		case <-time.After(min(d, 20*time.Millisecond)):
		}
	}
	wait := NewScheduler(h, SchedulerOptions{Sleep: sleep}).Start(ctx)
	defer wait()
	defer cancel()
	for _, want := range []string{"金", "銀"} {
		mustRun(t, h, "a")
		for badge := ""; badge != want; time.Sleep(10 * time.Millisecond) {
			if ctx.Err() != nil {
				t.Fatalf("the badge is %q, want %q", badge, want)
			}
			badge = badgeOf(t, s, h.base.Dataset("a", "1"))
		}
		fields.Store("月")
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("the file of a dataset that did not change was asked for %d times, want once", n)
	}
}

func badgeOf(t *testing.T, s *store.Store, dataset string) string {
	t.Helper()
	sn, err := s.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	defer sn.Close()
	r, err := quality.ResultOf(sn, dataset)
	if err != nil {
		t.Fatal(err)
	}
	if r == nil {
		return ""
	}
	return r.Badge
}

func TestQualityConfig(t *testing.T) {
	for text, want := range map[string]string{
		"quality: {schedule: sometimes}":                "quality: schedule",
		"quality: {max_bytes: 1GiB}":                    "max_bytes is at most",
		"quality: {speed: 1/s}":                         "speed",
		"harvest: {allow_private_addresses: [nowhere]}": "nowhere",
	} {
		if _, err := ParseConfig(strings.NewReader("base: https://e.tw/\n" + text + "\n")); err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", text, err, want)
		}
	}
}
