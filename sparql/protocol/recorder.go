package protocol

import "net/http"

// Recorder notes what was answered.
type Recorder struct {
	http.ResponseWriter
	Status int   // of the answer; as it was set when nothing has been written
	Bytes  int64 // of its body
	Wrote  bool  // an answer has begun
}

// WriteHeader implements [http.ResponseWriter].
func (r *Recorder) WriteHeader(status int) {
	if !r.Wrote && status >= 200 {
		r.Status, r.Wrote = status, true
	}
	r.ResponseWriter.WriteHeader(status)
}

// Write implements [io.Writer].
func (r *Recorder) Write(p []byte) (int, error) {
	r.Wrote = true
	n, err := r.ResponseWriter.Write(p)
	r.Bytes += int64(n)
	return n, err
}

// Complete answers a request whose handler has ended without a word because the request
// is over: the client would get an empty answer that looks like a good one.
func (r *Recorder) Complete(req *http.Request) {
	if err := req.Context().Err(); err != nil && !r.Wrote {
		WriteProblem(r, req, ProblemOf(err))
	}
}

// Unwrap lets http.ResponseController reach the connection.
func (r *Recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
