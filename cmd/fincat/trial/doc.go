// Package trial asks sources for their first records without writing anything.
//
// A [Trial] is a harvester over an empty store in memory. Commands check and preview the
// sources of a configuration with it; a [Handler] does so with a source that is not in the
// configuration yet, as the form of the console describes it. Such a source is guarded as
// those of the configuration are, and may use neither secrets nor files nor proxies of the
// server: whoever writes it is not who runs the server.
package trial
