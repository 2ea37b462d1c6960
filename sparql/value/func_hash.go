package value

import (
	"crypto/md5"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"fmt"
)

// hashValue applies MD5, SHA1, SHA256, SHA384 or SHA512 (SPARQL 1.1 §17.4.6)
// to the UTF-8 form of an xsd:string; the result is lower-case hexadecimal.
func hashValue(name string, v Value) Value {
	if v.kind != kString {
		return Value{}
	}
	data := []byte(v.text())
	var sum []byte
	switch name {
	case "MD5":
		s := md5.Sum(data)
		sum = s[:]
	case "SHA1":
		s := sha1.Sum(data)
		sum = s[:]
	case "SHA256":
		s := sha256.Sum256(data)
		sum = s[:]
	case "SHA384":
		s := sha512.Sum384(data)
		sum = s[:]
	case "SHA512":
		s := sha512.Sum512(data)
		sum = s[:]
	default:
		return Value{}
	}
	return String(hex.EncodeToString(sum))
}

// newUUID returns a random UUID (RFC 9562 §5.4).
func newUUID() string {
	var u [16]byte
	_, _ = rand.Read(u[:]) // documented never to fail
	u[6] = u[6]&0x0F | 0x40
	u[8] = u[8]&0x3F | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}
