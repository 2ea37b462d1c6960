package vocab

// FincatNS is the namespace of fincat's own terms. They are used only where no
// established vocabulary has one.
const FincatNS = "https://w3id.org/fincat/ns#"

// Classes and properties of our own.
const (
	FincatAlias             = FincatNS + "alias"             // Another name of an organisation, as titles use it.
	FincatChecked           = FincatNS + "checked"           // When a distribution was last checked (品質檢測時間).
	FincatChanged           = FincatNS + "changed"           // Records of a run whose content differs from before.
	FincatCharacterEncoding = FincatNS + "characterEncoding" // 編碼格式 of a distribution.
	FincatDigest            = FincatNS + "digest"            // Hash of a record's content without volatile properties.
	FincatFailed            = FincatNS + "failed"            // Records of a run that could not be mapped.
	FincatFieldDescription  = FincatNS + "fieldDescription"  // 主要欄位說明.
	FincatFrequencyText     = FincatNS + "frequencyText"     // 更新頻率 in the source's words.
	FincatHeartbeat         = FincatNS + "heartbeat"         // When a run in progress was last seen alive.
	FincatHeld              = FincatNS + "held"              // Removals a run held back for approval.
	FincatHeldBy            = FincatNS + "heldBy"            // Run that holds the removal of a record back.
	FincatHost              = FincatNS + "host"              // A host that an organisation runs.
	FincatKind              = FincatNS + "kind"              // Kind of a source, such as openapi.
	FincatMark              = FincatNS + "mark"              // How far a run came, in the source's own terms.
	FincatMissing           = FincatNS + "missing"           // Records of a run that the source no longer showed.
	FincatMissingRuns       = FincatNS + "missingRuns"       // In how many runs in a row a record was missing.
	FincatNew               = FincatNS + "new"               // Records of a run that were not known before.
	FincatNote              = FincatNS + "note"              // 備註.
	FincatOriginalURL       = FincatNS + "originalURL"       // An address as the source wrote it, when it is no IRI.
	FincatPartial           = FincatNS + "partial"           // Whether a run gathered changes only.
	FincatPlace             = FincatNS + "place"             // Place of a record or problem: address and line, pointer or selector.
	FincatProblems          = FincatNS + "problems"          // Problems that a run found.
	FincatProcess           = FincatNS + "process"           // Process that made a run, with its machine.
	FincatQuantity          = FincatNS + "quantity"          // 資料量, the number of records of a distribution.
	FincatReason            = FincatNS + "reason"            // Why a run failed or was interrupted.
	FincatRemedy            = FincatNS + "remedy"            // What to do about a problem.
	FincatRemoved           = FincatNS + "removed"           // Records that a run turned into tombstones.
	FincatRenamed           = FincatNS + "renamed"           // Records of a run that the source shows under another identifier than before.
	FincatRule              = FincatNS + "rule"              // Name of the rule that found a problem.
	FincatRun               = FincatNS + "Run"               // One harvest of one source, a prov:Activity.
	FincatSector            = FincatNS + "sector"            // Sector of an organisation.
	FincatSupervisor        = FincatNS + "supervisor"        // Organisation that supervises another one without being its parent.
	FincatSince             = FincatNS + "since"             // Run that found a problem first.
	FincatSource            = FincatNS + "source"            // Catalogue of the source that a run or problem belongs to.
	FincatStage             = FincatNS + "stage"             // What a run in progress was doing when it was last seen alive.
	FincatStatus            = FincatNS + "status"            // State of a run: running, done, held, failed, interrupted, cancelled, undone.
	FincatTotal             = FincatNS + "total"             // Records that a run gathered.
	FincatUnchanged         = FincatNS + "unchanged"         // Records of a run that were as before.
	FincatUntil             = FincatNS + "until"             // Run that no longer found a problem.
	FincatDryRun            = FincatNS + "dryRun"            // Whether a run wrote nothing.
	FincatCommit            = FincatNS + "commit"            // Sequence number of a run's commit.
)
