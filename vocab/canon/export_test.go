package canon

// Isomorphism gives the tests the mapping behind the answer of Isomorphic.
var Isomorphism = isomorphism
