package vocab

// SPDXNS is the namespace of SPDX.
const SPDXNS = "http://spdx.org/rdf/terms#"

// Terms of SPDX.
const (
	SPDXAlgorithm               = SPDXNS + "algorithm"
	SPDXChecksum                = SPDXNS + "Checksum"
	SPDXChecksumProperty        = SPDXNS + "checksum"
	SPDXChecksumAlgorithm       = SPDXNS + "ChecksumAlgorithm"
	SPDXChecksumAlgorithmMd5    = SPDXNS + "checksumAlgorithm_md5"
	SPDXChecksumAlgorithmSha1   = SPDXNS + "checksumAlgorithm_sha1"
	SPDXChecksumAlgorithmSha256 = SPDXNS + "checksumAlgorithm_sha256"
	SPDXChecksumAlgorithmSha384 = SPDXNS + "checksumAlgorithm_sha384"
	SPDXChecksumAlgorithmSha512 = SPDXNS + "checksumAlgorithm_sha512"
	SPDXChecksumValue           = SPDXNS + "checksumValue"
	SPDXLicenseId               = SPDXNS + "licenseId"
)
