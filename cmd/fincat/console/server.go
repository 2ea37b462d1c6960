package console

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"fincat/cmd/fincat/metrics"
)

// queryCard is a query under way.
type queryCard struct {
	ID          uint64
	Query, Plan string
	Started     time.Time
	Seconds     float64
	Begun, Took string
}

type figureRow struct{ Label, Value string }

type followerRow struct{ Name, Commit, Behind, Lag, Fault string }

// server shows the queries under way and the figures of the store.
func (c *Console) server(v *view) error {
	var answer struct{ Queries []queryCard }
	if err := c.get(v.r, "/admin/queries", url.Values{"plan": {"true"}}, &answer); err != nil {
		return err
	}
	var figures metrics.Figures
	if err := c.get(v.r, "/admin/store", nil, &figures); err != nil {
		return err
	}
	data := struct {
		page
		Queries       []queryCard
		Store, Memory []figureRow
		Followers     []followerRow
		Faults        []string
	}{page: v.page("server"), Faults: figures.Faults}
	for _, q := range answer.Queries {
		q.Begun, q.Took = when(q.Started), fmt.Sprintf("%.1f s", q.Seconds)
		data.Queries = append(data.Queries, q)
	}
	say, number := data.L.T, func(n uint64) string { return data.L.Number(int(n)) }
	data.Store = []figureRow{
		{say("store.quads"), number(figures.Quads)},
		{say("store.terms"), number(figures.Terms)},
		{say("store.commit"), number(figures.Commit)},
		{say("store.time"), when(figures.Time)},
		{say("store.oldest"), number(figures.Oldest)},
		{say("store.disk"), size(uint64(max(0, figures.DiskBytes)))},
		{say("store.cache"), size(uint64(max(0, figures.Cache)))},
		{say("store.unfolded"), number(uint64(max(0, figures.Unfolded)))},
		{say("store.snapshots"), number(uint64(max(0, figures.Snapshots)))},
	}
	data.Memory = []figureRow{{say("memory.heap"), size(figures.Memory.Heap)},
		{say("memory.system"), size(figures.Memory.System)}}
	if figures.Memory.Limit > 0 {
		data.Memory = append(data.Memory, figureRow{say("memory.limit"), size(uint64(figures.Memory.Limit))})
	}
	for _, f := range figures.Followers {
		data.Followers = append(data.Followers, followerRow{f.Name, number(f.Commit), number(f.Behind),
			(time.Duration(f.Lag*1000) * time.Millisecond).Round(time.Millisecond).String(), f.Fault})
	}
	return v.show("console-server", data)
}

// size is a number of bytes for people.
func size(n uint64) string {
	const unit = 1024
	if n < unit {
		return fmt.Sprintf("%d B", n)
	}
	value, i := float64(n)/unit, 0
	for value >= unit && i < 3 {
		value, i = value/unit, i+1
	}
	return fmt.Sprintf("%.1f %s", value, []string{"KiB", "MiB", "GiB", "TiB"}[i])
}

// cancelQuery cancels a query under way.
func (c *Console) cancelQuery(v *view) error {
	id, err := strconv.ParseUint(v.r.PostForm.Get("query"), 10, 64)
	if err != nil {
		return &fault{http.StatusBadRequest, "query is the number of a query"}
	}
	if err := c.do(v.r, http.MethodDelete, "/admin/queries/"+strconv.FormatUint(id, 10), nil); err != nil {
		return err
	}
	return v.back("/console/server", "query", nil)
}
