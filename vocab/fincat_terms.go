package vocab

// FincatNS is the namespace of fincat's own terms. They are used only where no
// established vocabulary has one.
const FincatNS = "https://w3id.org/fincat/ns#"

// FincatFieldNS begins the namespaces of the fields that sources have and no
// vocabulary names: the kind of source and # follow, and then the field's name.
const FincatFieldNS = "https://w3id.org/fincat/field/"

// Classes and properties of our own.
const (
	FincatAgain             = FincatNS + "again"             // What the next run asks for again because of a problem.
	FincatAlias             = FincatNS + "alias"             // Another name of an organisation, as titles use it.
	FincatChecked           = FincatNS + "checked"           // When a distribution was last checked (品質檢測時間).
	FincatChanged           = FincatNS + "changed"           // Records of a run whose content differs from before.
	FincatBits              = FincatNS + "bits"              // Weight of a piece of evidence, in bits.
	FincatCharacterEncoding = FincatNS + "characterEncoding" // 編碼格式 of a distribution.
	FincatCost              = FincatNS + "cost"              // 計費方式 of a dataset.
	FincatCostLaw           = FincatNS + "costLaw"           // 計費法令依據, as text or address.
	FincatCostPage          = FincatNS + "costPage"          // 計費說明網址.
	FincatDigest            = FincatNS + "digest"            // Hash of a record's content without volatile properties.
	FincatEvidence          = FincatNS + "evidence"          // What speaks for or against a link or an owner.
	FincatFailed            = FincatNS + "failed"            // Records of a run that could not be mapped.
	FincatFieldDescription  = FincatNS + "fieldDescription"  // 主要欄位說明.
	FincatFrequencyText     = FincatNS + "frequencyText"     // 更新頻率 in the source's words.
	FincatFormatText        = FincatNS + "formatText"        // 檔案格式 in the source's words.
	FincatFull              = FincatNS + "full"              // Whether a run asked for everything without conditions.
	FincatHeartbeat         = FincatNS + "heartbeat"         // When a run in progress was last seen alive.
	FincatHeld              = FincatNS + "held"              // Removals a run held back for approval.
	FincatHeldBy            = FincatNS + "heldBy"            // Run that holds the removal of a record back.
	FincatHost              = FincatNS + "host"              // A host that an organisation runs.
	FincatIdentifies        = FincatNS + "identifies"        // What the values of a column identify.
	FincatJoinsOn           = FincatNS + "joinsOn"           // What a dataset can be joined with others on.
	FincatKind              = FincatNS + "kind"              // Kind of a source, such as openapi.
	FincatLicenseText       = FincatNS + "licenseText"       // 授權方式 in the source's words.
	FincatListedAs          = FincatNS + "listedAs"          // The date that a list of pages last gave a page.
	FincatMark              = FincatNS + "mark"              // How far a run came, in the source's own terms.
	FincatMissing           = FincatNS + "missing"           // Records of a run that the source no longer showed.
	FincatMissingRuns       = FincatNS + "missingRuns"       // In how many runs in a row a record was missing.
	FincatNew               = FincatNS + "new"               // Records of a run that were not known before.
	FincatNote              = FincatNS + "note"              // 備註.
	FincatOriginalURL       = FincatNS + "originalURL"       // An address as the source wrote it, when it is no IRI.
	FincatOrigin            = FincatNS + "origin"            // Who has to mend a result: source or catalogue.
	FincatPath              = FincatNS + "path"              // Properties that lead to a field's value.
	FincatPartial           = FincatNS + "partial"           // Whether a run gathered changes only.
	// Place of a record or problem: address; line, pointer or selector.
	FincatPlace    = FincatNS + "place"
	FincatPosition = FincatNS + "position" // Position of a column, from 1.
	FincatProblems = FincatNS + "problems" // Problems that a run found.
	FincatProcess  = FincatNS + "process"  // Process that made a run, with its machine.
	FincatQuantity = FincatNS + "quantity" // 資料量, the number of records of a distribution.
	FincatReason   = FincatNS + "reason"   // Why a run failed or was interrupted.
	FincatRemedy   = FincatNS + "remedy"   // What to do about a problem.
	FincatRemoved  = FincatNS + "removed"  // Records that a run turned into tombstones.
	// Records of a run that have another identifier than before.
	FincatRenamed = FincatNS + "renamed"
	FincatRule    = FincatNS + "rule"   // Name of the rule that found a problem.
	FincatRun     = FincatNS + "Run"    // One harvest of one source, a prov:Activity.
	FincatSector  = FincatNS + "sector" // Sector of an organisation.
	// Organisation that supervises another without being its parent.
	FincatSupervisor = FincatNS + "supervisor"
	FincatSince      = FincatNS + "since" // Run that found a problem first.
	// Catalogue of the source that a run or problem belongs to.
	FincatSource    = FincatNS + "source"
	FincatStage     = FincatNS + "stage"     // What a run was doing when it was last seen alive.
	FincatStatus    = FincatNS + "status"    // State of a run: running, done, held, failed, and so on.
	FincatTotal     = FincatNS + "total"     // Records that a run gathered.
	FincatUnasked   = FincatNS + "unasked"   // Failed records of a run that cannot be asked for alone.
	FincatUnchanged = FincatNS + "unchanged" // Records of a run that were as before.
	FincatUntil     = FincatNS + "until"     // Run that no longer found a problem.
	FincatDryRun    = FincatNS + "dryRun"    // Whether a run wrote nothing.
	FincatCommit    = FincatNS + "commit"    // Sequence number of a run's commit.
	FincatSeen      = FincatNS + "seen"      // What a piece of evidence is about, such as a code.
	FincatState     = FincatNS + "state"     // State of a link: accepted, candidate, confirmed, refused.
)

// Classes and properties of what code lists list.
const (
	FincatCodeList = FincatNS + "CodeList" // A list of entities with their identifiers.
	FincatIssuer   = FincatNS + "issuer"   // The organisation that issues a security.
	FincatMarket   = FincatNS + "market"   // Where an entity is listed, in the words of the list.
)

// Properties of how many datasets of an institution or sector a quarter had.
const (
	FincatCounts           = FincatNS + "counts"           // Whose datasets an observation counts.
	FincatQuarter          = FincatNS + "quarter"          // Quarter of an observation, such as 2026Q4.
	FincatOwnRecords       = FincatNS + "ownRecords"       // Records of the institution's own sources.
	FincatLinkedRecords    = FincatNS + "linkedRecords"    // Those that data.gov.tw has too.
	FincatCandidateRecords = FincatNS + "candidateRecords" // Those for which a person has to decide.
	FincatPortalRecords    = FincatNS + "portalRecords"    // Records of data.gov.tw of which it is the owner.
	FincatUnshownRecords   = FincatNS + "unshownRecords"   // Those that no source of its own shows.
	FincatShare            = FincatNS + "share"            // Linked records of the own ones, from 0 to 1.
)

// Classes and properties of the audit log.
const (
	FincatChange    = FincatNS + "Change"    // Entry of the audit log, a prov:Activity.
	FincatClient    = FincatNS + "client"    // From where somebody made a change.
	FincatEnds      = FincatNS + "ends"      // Number of the entry that said that the change was begun.
	FincatForwarded = FincatNS + "forwarded" // From where a request says that a proxy got it.
	FincatNumber    = FincatNS + "number"    // Number of an entry.
	FincatPrevious  = FincatNS + "previous"  // Entry before this one.
	FincatResult    = FincatNS + "result"    // What came of a change, such as the IRI of a run.
	FincatRole      = FincatNS + "role"      // Role of whoever made a change.
)

// Classes and properties of what the checks of datasets' files found.
const (
	FincatCertainty  = FincatNS + "certainty"  // How sure it is that the portal would give the same badge.
	FincatFirstBytes = FincatNS + "firstBytes" // What a file begins with.
	FincatPoints     = FincatNS + "points"     // What a measurement adds to the sum of its assessment.
	FincatFirstSeen  = FincatNS + "firstSeen"  // When a measurement had its value for the first time.
	FincatHTTPHeader = FincatNS + "httpHeader" // A header of an answer, with its name.
	FincatHTTPStatus = FincatNS + "httpStatus" // Status of an answer.
	FincatPast       = FincatNS + "Past"       // A measurement that is not the newest one of its metric.
)

// Classes and properties of what the public asks for.
const (
	FincatDataRequest = FincatNS + "DataRequest" // A request for data (資料需求), a schema:Demand.
	FincatComment     = FincatNS + "Comment"     // A question or fault about a dataset, an oa:Annotation.
	FincatPurpose     = FincatNS + "purpose"     // What the data are asked for for.
	FincatResponsible = FincatNS + "responsible" // Organisation that answers.
	FincatDecision    = FincatNS + "decision"    // What was decided: open, partly open or not.
	FincatDeadline    = FincatNS + "deadline"    // When the present state has to end.
	FincatAnswerDue   = FincatNS + "answerDue"   // When the decision or answer is due.
	FincatAnswered    = FincatNS + "answered"    // When it was given.
	FincatExpected    = FincatNS + "expected"    // The dataset that is to come, as the organisation names it.
	FincatSupport     = FincatNS + "support"     // How many support a request.
	FincatEscalated   = FincatNS + "escalated"   // Whether the coordinating unit was told of a delay.
	FincatStep        = FincatNS + "step"        // A step of a request or comment, a prov:Activity.
	FincatReasonCode  = FincatNS + "reasonCode"  // Why data are not opened, a concept.
	FincatMadeUp      = FincatNS + "madeUp"      // Whether something is made up, to show what there is.
)

// Properties of data standards and of what was compared with them.
const (
	FincatRequired     = FincatNS + "required"     // Whether data that follow a standard have a field.
	FincatFieldsAsked  = FincatNS + "fieldsAsked"  // How many fields a standard asks for.
	FincatFieldsFound  = FincatNS + "fieldsFound"  // How many of them a dataset has.
	FincatFieldMissing = FincatNS + "fieldMissing" // Name of a field of a standard that a dataset lacks.
)
