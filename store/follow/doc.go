// Package follow keeps what is derived from a store up to date along its commit
// log: a full-text index, links, measurements.
//
// What is derived is a [Follower]: it has a name, a cursor into the log, and a
// method that goes on from the cursor by a [Step], which leads to the newest state
// and knows the graphs that changed on the way. [New] gives the [Following] that
// drives it: in the background, or up to a commit for somebody who waits. When the
// log does not lead from the cursor to that state, the step asks for everything to
// be derived anew. [Followers] are all that is derived from one store, side by side.
//
// The package stands on what the store offers to everybody.
package follow
