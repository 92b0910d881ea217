package schema

import (
	"errors"
	"fmt"
	"math/big"
	"net/netip"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
)

func asText(v cty.Value) (cty.Value, error) { return convert.Convert(v, cty.String) }

func prefixParameter() function.Parameter {
	return function.Parameter{Name: "prefix", Type: cty.String}
}

func numberParameter(name string) function.Parameter {
	return function.Parameter{Name: name, Type: cty.Number}
}

func parsePrefix(v cty.Value) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(v.AsString())
	if err != nil || p.Addr().Is4In6() {
		return p, fmt.Errorf("%s is not a prefix such as \"10.20.0.0/16\"", quote(v.AsString()))
	}
	return p.Masked(), nil
}

func wholeNumber(v cty.Value) (*big.Int, error) {
	n, acc := v.AsBigFloat().Int(nil)
	if acc != big.Exact || n.BitLen() > 130 {
		return nil, errors.New("a whole number of sensible size is needed")
	}
	return n, nil
}

// plus adds a number to an address; what does not fit has been excluded.
func plus(a netip.Addr, n *big.Int) netip.Addr {
	b := a.AsSlice()
	sum := new(big.Int).Add(new(big.Int).SetBytes(b), n)
	a, _ = netip.AddrFromSlice(sum.FillBytes(b))
	return a
}

// cidrHost is the address with a number within a prefix; a negative number counts from the end.
func cidrHost() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{prefixParameter(), numberParameter("hostnum")},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			p, err := parsePrefix(args[0])
			if err != nil {
				return cty.NilVal, err
			}
			n, err := wholeNumber(args[1])
			if err != nil {
				return cty.NilVal, err
			}
			size := new(big.Int).Lsh(big.NewInt(1), uint(p.Addr().BitLen()-p.Bits()))
			if n.Sign() < 0 {
				n.Add(n, size)
			}
			if n.Sign() < 0 || n.Cmp(size) >= 0 {
				return cty.NilVal, fmt.Errorf("the prefix %s has no address with that number: it has %s", p, size)
			}
			return cty.StringVal(plus(p.Addr(), n).String()), nil
		},
	})
}

// cidrSubnet is the prefix with a number among those that are longer by some bits.
func cidrSubnet() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{prefixParameter(), numberParameter("newbits"), numberParameter("netnum")},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			p, err := parsePrefix(args[0])
			if err != nil {
				return cty.NilVal, err
			}
			more, err := wholeNumber(args[1])
			if err != nil {
				return cty.NilVal, err
			}
			n, err := wholeNumber(args[2])
			if err != nil {
				return cty.NilVal, err
			}
			room := p.Addr().BitLen() - p.Bits()
			if more.Sign() < 0 || more.Cmp(big.NewInt(int64(room))) > 0 {
				return cty.NilVal, fmt.Errorf("the prefix %s has room for 0 to %d more bits, not for %s", p, room, more)
			}
			bits := uint(more.Int64())
			if n.Sign() < 0 || n.BitLen() > int(bits) {
				return cty.NilVal, fmt.Errorf("with %d more bits, the subnets of %s have the numbers 0 to %s; there is no %s", bits, p,
					new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), bits), big.NewInt(1)), n)
			}
			a := plus(p.Addr(), n.Lsh(n, uint(room)-bits))
			return cty.StringVal(netip.PrefixFrom(a, p.Bits()+int(bits)).String()), nil
		},
	})
}

// cidrNetmask is the length of an IPv4 prefix as a mask.
func cidrNetmask() function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{prefixParameter()},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			p, err := parsePrefix(args[0])
			if err != nil {
				return cty.NilVal, err
			}
			if !p.Addr().Is4() {
				return cty.NilVal, fmt.Errorf("only IPv4 has masks, and %s is IPv6", p)
			}
			ones, _ := netip.AddrFrom4([4]byte{255, 255, 255, 255}).Prefix(p.Bits())
			return cty.StringVal(ones.Addr().String()), nil
		},
	})
}
