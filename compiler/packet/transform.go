package packet

import "strings"

// A Transform is what a cipher suite of ESP does to sizes (RFC 4303, section 2).
type Transform struct {
	Name      string // in VyOS's words, as in aes128-sha1 or aes256gcm128
	Cipher    string // as the RFCs call it, with the section that fixes IV and alignment
	Integrity string // as the RFCs call it, with the section that fixes the ICV
	IV        int    // octets of the explicit initialization vector
	Align     int    // octets that payload, padding and trailer fill a multiple of: the cipher's block, at least 4
	ICV       int    // octets of the integrity check value
}

// A mode is a family of ciphers in VyOS's words: prefix, key length, suffix.
type mode struct {
	prefix, suffix string
	keys           []string // key lengths in bits; an empty one for ciphers that name none
	cipher         string
	iv, align      int
	icv            int    // of an AEAD cipher; 0: the hash decides
	integrity      string // of an AEAD cipher
}

var (
	aesKeys = []string{"128", "192", "256"}
	noKey   = []string{""}
)

// modes are the ciphers that any VyOS release knows. The alignment of a stream or counter mode is 4, which
// ESP itself asks for (RFC 4303, section 2.4). Serpent and Twofish have a private use number in strongSwan
// and follow the rules of RFC 2451 with a block of 16.
var modes = []mode{
	{prefix: "null", keys: noKey, cipher: "NULL (RFC 2410, section 2)", align: 4},
	{prefix: "aes", keys: aesKeys, cipher: "AES-CBC (RFC 3602, section 3)", iv: 16, align: 16},
	{prefix: "aes", suffix: "ctr", keys: aesKeys, cipher: "AES-CTR (RFC 3686, section 3)", iv: 8, align: 4},
	{prefix: "aes", suffix: "ccm64", keys: aesKeys, cipher: "AES-CCM-8 (RFC 4309, section 3)", iv: 8, align: 4, icv: 8, integrity: "CCM tag (RFC 4309, section 3.3)"},
	{prefix: "aes", suffix: "ccm96", keys: aesKeys, cipher: "AES-CCM-12 (RFC 4309, section 3)", iv: 8, align: 4, icv: 12, integrity: "CCM tag (RFC 4309, section 3.3)"},
	{prefix: "aes", suffix: "ccm128", keys: aesKeys, cipher: "AES-CCM-16 (RFC 4309, section 3)", iv: 8, align: 4, icv: 16, integrity: "CCM tag (RFC 4309, section 3.3)"},
	{prefix: "aes", suffix: "gcm64", keys: aesKeys, cipher: "AES-GCM-8 (RFC 4106, section 3)", iv: 8, align: 4, icv: 8, integrity: "GCM tag (RFC 4106, section 6)"},
	{prefix: "aes", suffix: "gcm96", keys: aesKeys, cipher: "AES-GCM-12 (RFC 4106, section 3)", iv: 8, align: 4, icv: 12, integrity: "GCM tag (RFC 4106, section 6)"},
	{prefix: "aes", suffix: "gcm128", keys: aesKeys, cipher: "AES-GCM-16 (RFC 4106, section 3)", iv: 8, align: 4, icv: 16, integrity: "GCM tag (RFC 4106, section 6)"},
	{prefix: "aes", suffix: "gmac", keys: aesKeys, cipher: "NULL with AES-GMAC (RFC 4543, section 3)", iv: 8, align: 4, icv: 16, integrity: "GMAC tag (RFC 4543, section 3.4)"},
	{prefix: "3des", keys: noKey, cipher: "3DES-CBC (RFC 2451, section 3)", iv: 8, align: 8},
	{prefix: "blowfish", keys: aesKeys, cipher: "Blowfish-CBC (RFC 2451, section 3)", iv: 8, align: 8},
	{prefix: "camellia", keys: aesKeys, cipher: "Camellia-CBC (RFC 4312, section 3)", iv: 16, align: 16},
	{prefix: "camellia", suffix: "ctr", keys: aesKeys, cipher: "Camellia-CTR (RFC 5529)", iv: 8, align: 4},
	{prefix: "camellia", suffix: "ccm64", keys: aesKeys, cipher: "Camellia-CCM-8 (RFC 5529)", iv: 8, align: 4, icv: 8, integrity: "CCM tag (RFC 5529)"},
	{prefix: "camellia", suffix: "ccm96", keys: aesKeys, cipher: "Camellia-CCM-12 (RFC 5529)", iv: 8, align: 4, icv: 12, integrity: "CCM tag (RFC 5529)"},
	{prefix: "camellia", suffix: "ccm128", keys: aesKeys, cipher: "Camellia-CCM-16 (RFC 5529)", iv: 8, align: 4, icv: 16, integrity: "CCM tag (RFC 5529)"},
	{prefix: "serpent", keys: aesKeys, cipher: "Serpent-CBC (as RFC 2451, block of 16)", iv: 16, align: 16},
	{prefix: "twofish", keys: aesKeys, cipher: "Twofish-CBC (as RFC 2451, block of 16)", iv: 16, align: 16},
	{prefix: "cast128", keys: noKey, cipher: "CAST-128-CBC (RFC 2451, section 3)", iv: 8, align: 8},
	{prefix: "chacha20poly1305", keys: noKey, cipher: "ChaCha20-Poly1305 (RFC 7634, section 2)", iv: 8, align: 4, icv: 16, integrity: "Poly1305 tag (RFC 7634, section 2)"},
}

// A hash is an integrity algorithm in VyOS's words.
type hash struct {
	name, integrity string
	icv             int
}

// gmacHash is what AES-GMAC adds as an algorithm of its own: its explicit IV of 8 octets stands in the ICV
// field, before the tag of 16. The RFC defines it for AH alone; it is counted for specifications that name
// it all the same.
const gmacHash = "AES-GMAC (RFC 4543, section 4)"

// hashes are the integrity algorithms that any VyOS release knows.
var hashes = []hash{
	{"md5", "HMAC-MD5-96 (RFC 2403, section 2)", 12},
	{"md5_128", "HMAC-MD5-128 (RFC 4595)", 16},
	{"sha1", "HMAC-SHA1-96 (RFC 2404, section 2)", 12},
	{"sha1_160", "HMAC-SHA1-160 (RFC 4595)", 20},
	{"sha256", "HMAC-SHA-256-128 (RFC 4868, section 2.6)", 16},
	{"sha256_96", "HMAC-SHA-256-96 (truncated as in early drafts of RFC 4868)", 12},
	{"sha384", "HMAC-SHA-384-192 (RFC 4868, section 2.6)", 24},
	{"sha512", "HMAC-SHA-512-256 (RFC 4868, section 2.6)", 32},
	{"aesxcbc", "AES-XCBC-MAC-96 (RFC 3566)", 12},
	{"aescmac", "AES-CMAC-96 (RFC 4494)", 12},
	{"aes128gmac", gmacHash, 24},
	{"aes192gmac", gmacHash, 24},
	{"aes256gmac", gmacHash, 24},
}

// find is the mode of a cipher, nil for a cipher that no release knows. VyOS 1.2's aes256gcm128 and the
// later releases' are the same word.
func find(encryption string) *mode {
	for i := range modes {
		m := &modes[i]
		for _, key := range m.keys {
			if encryption == m.prefix+key+m.suffix {
				return m
			}
		}
	}
	return nil
}

// ESPOf is the transform of a cipher and a hash in VyOS's words. The hash of an AEAD cipher does not
// matter: VyOS has the leaf, strongSwan leaves it out. It reports false for a cipher or hash that no
// release knows, and for a cipher that needs a hash and has none.
func ESPOf(encryption, hash string) (Transform, bool) {
	m := find(encryption)
	if m == nil {
		return Transform{}, false
	}
	t := Transform{Name: encryption, Cipher: m.cipher, Integrity: m.integrity, IV: m.iv, Align: m.align, ICV: m.icv}
	if m.icv > 0 {
		return t, true
	}
	for _, h := range hashes {
		if h.name == hash {
			t.Name += "-" + hash
			t.Integrity, t.ICV = h.integrity, h.icv
			return t, true
		}
	}
	return Transform{}, false
}

// AEAD reports whether a cipher in VyOS's words authenticates by itself (RFC 5282, section 1), so that a
// hash beside it is a PRF or nothing. It is false for unknown ciphers.
func AEAD(encryption string) bool {
	m := find(encryption)
	return m != nil && m.icv > 0
}

// Ciphers lists the ciphers that ESPOf knows, in the order of its table.
func Ciphers() []string {
	var out []string
	for _, m := range modes {
		for _, key := range m.keys {
			out = append(out, m.prefix+key+m.suffix)
		}
	}
	return out
}

// Hashes lists the integrity algorithms that ESPOf knows.
func Hashes() []string {
	var out []string
	for _, h := range hashes {
		out = append(out, h.name)
	}
	return out
}

// reference is the part of a description that stands in brackets.
func reference(s string) string {
	_, s, ok := strings.Cut(s, "(")
	if !ok {
		return ""
	}
	return strings.TrimSuffix(s, ")")
}
