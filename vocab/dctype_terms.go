package vocab

// DCTYPENS is the namespace of the DCMI type vocabulary.
const DCTYPENS = "http://purl.org/dc/dcmitype/"

// Terms of the DCMI type vocabulary.
const (
	DCTYPECollection          = DCTYPENS + "Collection"
	DCTYPEDataset             = DCTYPENS + "Dataset"
	DCTYPEImage               = DCTYPENS + "Image"
	DCTYPEInteractiveResource = DCTYPENS + "InteractiveResource"
	DCTYPEService             = DCTYPENS + "Service"
	DCTYPESoftware            = DCTYPENS + "Software"
	DCTYPEText                = DCTYPENS + "Text"
)
