package vocab

// DOAPNS is the namespace of DOAP.
const DOAPNS = "http://usefulinc.com/ns/doap#"

// Terms of DOAP.
const (
	DOAPHomepage   = DOAPNS + "homepage"
	DOAPLicense    = DOAPNS + "license"
	DOAPName       = DOAPNS + "name"
	DOAPProject    = DOAPNS + "Project"
	DOAPRepository = DOAPNS + "repository"
	DOAPVersion    = DOAPNS + "Version"
)
