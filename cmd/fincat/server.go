package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/klauspost/compress/gzhttp"

	"fincat/cmd/fincat/access"
	"fincat/cmd/fincat/atlas"
	"fincat/cmd/fincat/build"
	"fincat/cmd/fincat/console"
	"fincat/cmd/fincat/manual"
	"fincat/cmd/fincat/memento"
	"fincat/cmd/fincat/metrics"
	"fincat/cmd/fincat/plan"
	"fincat/cmd/fincat/portal"
	asking "fincat/cmd/fincat/requests"
	"fincat/cmd/fincat/saving"
	"fincat/cmd/fincat/trial"
	"fincat/cmd/fincat/wire"
	"fincat/harvest"
	"fincat/harvest/feed"
	"fincat/harvest/quality"
	"fincat/harvest/queries"
	"fincat/harvest/report"
	"fincat/harvest/requests"
	"fincat/harvest/subscribe"
	"fincat/sparql/gate"
	"fincat/sparql/protocol"
	"fincat/store"
	"fincat/vocab/dcat"
)

// serverOptions say what a server serves.
type serverOptions struct {
	Store    *store.Store
	Dir      string // of the store
	Engine   *engine
	Base     dcat.Base
	Guard    *access.Guard // decides who may change things
	Tokens   *access.Tokens
	Accounts portal.Accounts // nil: nobody can sign in
	ReadOnly bool
	Schedule *harvest.Scheduler // nil: nothing is harvested
	Proxies  access.Proxies     // believed when they say whom a request comes from
	Gate     gate.Options       // default: the defaults
	Metrics  *metrics.Metrics
	Logger   *slog.Logger

	PageTimeout time.Duration // of pages and feeds, but for documents that are made whole; default pageTimeout

	Reports report.Config    // goals of the plan, and whose datasets count
	Asked   quality.Requests // of the public

	Subscriptions *subscribe.Dispatcher // nil: nobody is told
	Saved         map[string]string     // queries by name that can be followed
	Requests      *requests.Book        // what the public asks for; nil: nothing is taken
}

// server is what serve and demo put behind one address.
type server struct {
	http     *http.Server
	wrap     func(net.Listener) net.Listener // bounds connections, and reads what proxies say of them
	commands *commandsHandler
	local    net.Listener // the socket of the store; nil: none
	ready    atomic.Bool
	works    sync.WaitGroup // requests
	requests *requests.Book // does what is due while the server serves; nil: nothing
	unread   time.Duration  // see unreadBody
	log      *slog.Logger
}

const (
	pageTimeout   = 30 * time.Second       // of whatever is not SPARQL
	smallAnswer   = time.Minute            // for a client to take what goes through no gate
	unreadBody    = 10 * time.Second       // for a client to send a body that no handler asks for
	shutdownGrace = 100 * time.Millisecond // for requests under way, before they are cancelled
	shutdownClose = 350 * time.Millisecond // before the connections are closed
	shutdownLimit = 10 * time.Second       // for what does not end then either
)

func newServer(o serverOptions) (*server, error) {
	connections := access.NewConnections(o.Proxies)
	s := &server{log: o.Logger, wrap: connections.Listener, unread: unreadBody, requests: o.Requests}
	pools := gate.NewPools(o.Gate)
	bank, err := queries.Load()
	if err != nil {
		return nil, err
	}
	feeds, err := feed.New(feed.Options{Store: o.Store, Engine: o.Engine.Engine, Queries: bank, Base: o.Base,
		Listing: o.Engine.feeds, Saved: o.Saved, Logger: o.Logger, Described: described()})
	if err != nil {
		return nil, err
	}
	mementos := memento.New(memento.Options{Store: o.Store, Engine: o.Engine.Engine, Base: o.Base})
	pages, err := portal.New(portal.Options{
		Store: o.Store, Engine: o.Engine.Engine, Queries: bank, Feed: feeds, Base: o.Base, Routes: portal.Interfaces,
		Accounts: o.Accounts, Mementos: mementos, Logger: o.Logger,
	})
	if err != nil {
		return nil, err
	}
	o.Engine.followers.Add(pages.Finder.Following())
	endpoint, err := protocol.NewHandler(protocol.Options{
		Engine: o.Engine.Engine, Store: o.Store, Base: string(o.Base), Authorize: access.Author,
		ReadOnly: o.ReadOnly, Editor: pages.Editor(), DataDump: "dump.nq.gz", Pools: pools, Logger: o.Logger,
	})
	if err != nil {
		return nil, err
	}
	compress, err := gzhttp.NewWrapper()
	if err != nil {
		return nil, err
	}
	if s.commands, err = o.commands(); err != nil {
		return nil, err
	}
	routes := o.admin(s.commands)
	for route, h := range routes {
		routes[route] = protocol.Gated(pools.Admin, h)
	}
	maps.Copy(routes, map[string]http.Handler{
		"/healthz": protocol.Only(http.HandlerFunc(healthz)), "/readyz": protocol.Only(http.HandlerFunc(s.readyz)),
		"/metrics":    protocol.Only(o.Metrics.Handler()),
		"/dump.nq.gz": protocol.Gated(pools.Feeds, http.HandlerFunc(feeds.Dump)),
		"/mcp":        protocol.Gated(pools.Reading, protocol.Only(bounded(feeds.MCP(build.Release)))),
		"/oai":        protocol.Gated(pools.Feeds, compress(bounded(http.HandlerFunc(feeds.OAI)))),
	})
	for _, route := range []string{"/", "/query/{task}", "/api/action/{action}", "/api/3/action/{action}"} {
		routes[route] = site(feeds, pages, pools, cmp.Or(o.PageTimeout, pageTimeout), compress)
	}
	for _, route := range []string{"/sparql", "/sparql/{$}", "/update", "/data", "/data/", "/.well-known/void",
		"/admin/queries", "/admin/queries/{id}"} {
		routes[route] = endpoint
	}
	rooms, err := o.rooms(routes, pages)
	if err != nil {
		return nil, err
	}
	for route, h := range rooms {
		routes[route] = protocol.Gated(pools.Reading, compress(bounded(h)))
	}
	mux, err := o.mux(routes, pages)
	if err != nil {
		return nil, err
	}
	s.http = &http.Server{
		Handler: o.Proxies.Clients(access.Below(string(o.Base),
			s.observed(o.Engine.client.NoLoops(protocol.Semicolons(mementos.Wrap(mux))), o.Metrics))),
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(o.Logger.Handler(), slog.LevelWarn),
		ConnContext:       withPeer,
		ConnState:         connections.State,
	}
	s.http.RegisterOnShutdown(s.commands.stop)
	return s, nil
}

// admin are the routes below /admin, but those of the endpoint.
func (o *serverOptions) admin(commands *commandsHandler) map[string]http.Handler {
	routes := map[string]http.Handler{
		"/admin/backup": backupHandler{o.Store}, "/admin/audit": access.LogHandler(o.Dir),
		"/admin/store": o.Metrics.Figures(), "POST /admin/links": newLinksHandler(o.Store, o.Base, o.ReadOnly),
		"POST /admin/sources/draft": trial.NewHandler(commands.shared.ownConfig),
	}
	(&runsHandler{o.Schedule, o.Base}).addTo(routes)
	maps.Copy(routes, o.Subscriptions.Handlers())
	commands.addTo(routes)
	maps.Copy(routes, o.Tokens.Handlers())
	return routes
}

// rooms are the pages beside those of the portal that everybody may see. Those of saved queries
// come with addresses that the endpoint answers, which are added to routes.
func (o *serverOptions) rooms(routes map[string]http.Handler, pages *portal.Portal) (map[string]http.Handler, error) {
	rooms := map[string]http.Handler{}
	book, err := manual.NewPages(newRootCommand(), pages, o.Base)
	if err != nil {
		return nil, err
	}
	chart, err := atlas.New(pages, o.Logger)
	if err != nil {
		return nil, err
	}
	promised, err := plan.New(plan.Options{Portal: pages, Reports: o.Reports, Asked: o.Asked, Logger: o.Logger})
	if err != nil {
		return nil, err
	}
	book.AddTo(rooms)
	chart.AddTo(rooms)
	promised.AddTo(rooms)
	keeper, err := saving.New(saving.Options{Store: o.Store, Engine: o.Engine.Engine, Base: o.Base,
		Queries: pages.Queries, Portal: pages, Accounts: o.Accounts, ReadOnly: o.ReadOnly,
		Endpoint: routes["/sparql"], Resource: routes["/"], Logger: o.Logger})
	if err != nil {
		return nil, err
	}
	keeper.AddTo(rooms, routes)
	asked, err := asking.New(asking.Options{Book: o.Requests, Store: o.Store, Base: o.Base, Portal: pages,
		Accounts: o.Accounts, Resource: routes["/"], Note: o.Guard.Note, Logger: o.Logger})
	if err == nil {
		asked.AddTo(rooms)
	}
	return rooms, err
}

// mux guards all routes, with those of the console, whose pages ask the others.
func (o *serverOptions) mux(routes map[string]http.Handler, pages *portal.Portal) (*http.ServeMux, error) {
	desk, err := console.New(console.Options{Portal: pages, Base: o.Base, Logger: o.Logger})
	if err != nil {
		return nil, err
	}
	desk.AddTo(routes)
	mux, err := o.Guard.Mux(routes)
	if err == nil {
		desk.Ask(mux)
	}
	return mux, err
}

// commands returns what carries out commands with what the server has open.
func (o *serverOptions) commands() (*commandsHandler, error) {
	shared := session{store: o.Store, dir: o.Dir, engine: o.Engine, metrics: o.Metrics, base: o.Base,
		sources: o.Schedule != nil}
	if shared.sources {
		shared.harvester = o.Schedule.Harvester()
		return newCommandsHandler(shared), nil
	}
	var err error
	shared.harvester, err = harvest.New(harvest.Options{Store: o.Store, Base: string(o.Base), Logger: o.Logger})
	return newCommandsHandler(shared), err
}

// withPeer notes who is at the other end of a connection through the socket.
func withPeer(ctx context.Context, c net.Conn) context.Context {
	ctx = gate.WithConnection(ctx, c)
	if unix, ok := c.(*net.UnixConn); ok {
		return access.WithLocalUser(ctx, wire.PeerName(unix))
	}
	return ctx
}

// healthz answers 200 while the process is there.
func healthz(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") }

// readyz answers 200 from the first request that can be served to the last.
func (s *server) readyz(w http.ResponseWriter, _ *http.Request) {
	if !s.ready.Load() {
		http.Error(w, "not ready", http.StatusServiceUnavailable)
		return
	}
	fmt.Fprintln(w, "ready")
}

// site serves the feeds and the pages, which do not wait for each other.
func site(feeds *feed.Handler, pages *portal.Portal, pools *gate.Pools, limit time.Duration,
	compress func(http.Handler) http.HandlerFunc) http.Handler {
	published, shown := http.NewServeMux(), http.NewServeMux()
	feeds.Register(published)
	pages.Register(shown)
	publish := protocol.Gated(pools.Feeds, compress(within(limit, published)))
	show := protocol.Gated(pools.Reading, compress(within(limit, shown)))
	whole := protocol.Gated(pools.Feeds, compress(http.HandlerFunc(feeds.DataJSON))) // it is waited for
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch _, pattern := published.Handler(r); pattern {
		case "":
			show.ServeHTTP(w, r)
		case feed.DataJSONRoute:
			whole.ServeHTTP(w, r)
		default:
			publish.ServeHTTP(w, r)
		}
	})
}

// bounded gives a request of the pages and feeds a time limit. SPARQL has its
// own limits, for its answers may stream for long.
func bounded(h http.Handler) http.Handler { return within(pageTimeout, h) }

func within(limit time.Duration, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), limit)
		defer cancel()
		rec := &protocol.Recorder{ResponseWriter: w}
		h.ServeHTTP(rec, r.WithContext(ctx))
		rec.Complete(r.WithContext(ctx))
	})
}

// observed logs and counts requests, and answers those whose handler panics.
func (s *server) observed(h http.Handler, m *metrics.Metrics) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.works.Add(1)
		defer s.works.Done()
		start := time.Now()
		protocol.Secure(w.Header())
		rc := http.NewResponseController(w)
		_ = rc.SetWriteDeadline(start.Add(smallAnswer)) // a recorder in a test has none
		if r.Body != nil && r.Body != http.NoBody {
			// The server itself reads what no handler has read. A handler that reads asks for its own time.
			_ = rc.SetReadDeadline(start.Add(s.unread))
		}
		rec := &protocol.Recorder{ResponseWriter: w, Status: http.StatusOK}
		defer func() {
			fault := recover()
			err, _ := fault.(error)
			if fault != nil && !errors.Is(err, http.ErrAbortHandler) {
				s.log.Error("panic", "path", r.URL.Path, "value", fault)
				if !rec.Wrote {
					http.Error(rec, "internal error", http.StatusInternalServerError)
				}
			}
			took := time.Since(start)
			m.Request(metrics.Route(r), rec.Status, took)
			s.log.Info("request", "method", r.Method, "path", r.URL.Path, "status", rec.Status, "bytes", rec.Bytes,
				"seconds", took.Seconds(), "client", r.RemoteAddr)
			if fault != nil {
				panic(http.ErrAbortHandler) // break the answer off
			}
		}()
		h.ServeHTTP(rec, r)
		rec.Complete(r)
	})
}

// listenToCommands opens the socket of the store in dir, so that commands find the server.
// Where that does not work they are told its address.
func (s *server) listenToCommands(ctx context.Context, dir string) {
	l, err := wire.Listen(ctx, dir)
	if err != nil {
		s.log.Warn("commands will not find this server by its store", "error", err)
		return
	}
	s.local = l
}

// serve answers requests until ctx ends. Those under way may finish when they do so
// at once; the others are cancelled.
func (s *server) serve(ctx context.Context, l net.Listener) error {
	defer asking.Running(ctx, s.requests)()
	requests, cancelRequests := context.WithCancel(context.WithoutCancel(ctx))
	defer cancelRequests()
	s.http.BaseContext = func(net.Listener) context.Context { return requests }
	failed := make(chan error, 2)
	go func() { failed <- s.http.Serve(s.wrap(l)) }()
	if s.local != nil {
		defer s.local.Close() // the server closes it too; only the first counts
		go func() { failed <- s.http.Serve(s.local) }()
	}
	defer s.commands.close()
	s.ready.Store(true)
	select {
	case err := <-failed:
		return fmt.Errorf("serve %s: %w", l.Addr(), err)
	case <-ctx.Done():
	}
	s.ready.Store(false)
	defer time.AfterFunc(shutdownGrace, cancelRequests).Stop()
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownClose)
	defer cancel()
	err := s.http.Shutdown(grace)
	if errors.Is(err, context.DeadlineExceeded) {
		err = s.http.Close() // somebody is still listening: enough
		s.finish()
	}
	return err
}

// finish waits for requests that cannot be broken off, such as one that has begun to
// commit.
func (s *server) finish() {
	done := make(chan struct{})
	go func() {
		s.works.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(shutdownLimit):
		s.log.Warn("requests do not end")
	}
}

// listen opens an address. Each kind of failure names its remedy.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	remedy := "give an address of this machine, such as 127.0.0.1:8080"
	var unknown *net.DNSError
	switch {
	case err == nil:
		return l, nil
	case errors.Is(err, syscall.EADDRINUSE):
		remedy = "another program uses it: choose another one, such as --addr 127.0.0.1:8081"
	case errors.Is(err, os.ErrPermission):
		remedy = "ports below 1024 need rights: choose a higher one, such as 8080, behind a proxy"
	case errors.Is(err, syscall.EADDRNOTAVAIL), errors.As(err, &unknown):
		remedy = "this machine does not have that address: " + remedy
	}
	return nil, fmt.Errorf("cannot listen on %s: %s (%w)", addr, remedy, err)
}

// reachable is the address of a server as programs on other machines, or at least on this
// one, can use it. One that listens on all addresses is known by the machine's name.
func reachable(ctx context.Context, l net.Listener) string {
	host := l.Addr().String()
	a, ok := l.Addr().(*net.TCPAddr)
	if ok && a.IP.IsUnspecified() {
		name, err := os.Hostname()
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		if err == nil {
			_, err = net.DefaultResolver.LookupHost(ctx, name)
		}
		if err != nil {
			name = "127.0.0.1"
		}
		host = net.JoinHostPort(strings.ToLower(name), strconv.Itoa(a.Port))
	}
	return "http://" + host + "/"
}

// isLoopback reports whether only this machine can reach the listener.
func isLoopback(l net.Listener) bool {
	a, ok := l.Addr().(*net.TCPAddr)
	return ok && a.IP.IsLoopback()
}
