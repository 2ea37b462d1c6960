package vocab

// ITSNS is the namespace of the internationalization tag set, whose its:dir
// gives base directions in RDF/XML.
const ITSNS = "http://www.w3.org/2005/11/its"
