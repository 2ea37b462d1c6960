package vocab

// TIMENS is the namespace of OWL-Time.
const TIMENS = "http://www.w3.org/2006/time#"

// Terms of OWL-Time.
const (
	TIMEDateTimeDescription = TIMENS + "DateTimeDescription"
	TIMEDateTimeInterval    = TIMENS + "DateTimeInterval"
	TIMEDuration            = TIMENS + "Duration"
	TIMEHasBeginning        = TIMENS + "hasBeginning"
	TIMEHasEnd              = TIMENS + "hasEnd"
	TIMEInstant             = TIMENS + "Instant"
	TIMEInterval            = TIMENS + "Interval"
	TIMEInXSDDate           = TIMENS + "inXSDDate"
	TIMEInXSDDateTime       = TIMENS + "inXSDDateTime"
	TIMEInXSDDateTimeStamp  = TIMENS + "inXSDDateTimeStamp"
	TIMEInXSDgYear          = TIMENS + "inXSDgYear"
	TIMEInXSDgYearMonth     = TIMENS + "inXSDgYearMonth"
	TIMEProperInterval      = TIMENS + "ProperInterval"
	TIMETemporalEntity      = TIMENS + "TemporalEntity"
)
