package vocab

// FIBONS is the namespace of financial instruments in the Financial Industry Business
// Ontology.
const FIBONS = "https://spec.edmcouncil.org/fibo/ontology/FBC/FinancialInstruments/FinancialInstruments/"

// FIBOSecurity is the class of securities.
const FIBOSecurity = FIBONS + "Security"
