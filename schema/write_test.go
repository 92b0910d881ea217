package schema

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestWriteInstances: the instances of a for_each are written as one block, however much they differ.
func TestWriteInstances(t *testing.T) {
	want := mustDecode(t, source(`
l2stretch {
  name   = "test"
  accept = ["W0203: everywhere"]
}

secret "a" {
  file = "a \"quoted\" $${name} %%{if} \\ \n\t\u0001"
}

secret "b" {
  command = ["sh", "-c", "echo $$x"]
}

site "s" {
  for_each = { one = 1, two = 2, three = 3 }
  networks = each.value == 1 ? null : ["10.${each.value}.0.0/16"]
  accept   = ["W0204: here"]

  gateway "main" {
    apply_order = each.value == 2 ? 7 : null
    uplink {
      interface = "eth${each.value}"
      address   = "192.0.2.${each.value}/24"
    }
    dynamic "bgp" {
      for_each = each.value > 1 ? [65000 + each.value] : []
      content {
        asn    = bgp.value
        accept = ["W0205: and here"]
      }
    }
    dynamic "ssh" {
      for_each = each.value == 3 ? [1] : []
      content {
        host     = "h"
        password = secret.a
      }
    }
  }

  dynamic "gateway" {
    for_each = each.value == 2 ? { spare = 0, more = 1 } : (each.value == 3 ? { more = 2 } : {})
    labels   = [gateway.key]
    content {
      uplink {
        interface = "eth${gateway.value}"
        address   = "192.0.2.${10 + gateway.value}/24"
      }
    }
  }

  dynamic "external_routes" {
    for_each = range(each.value)
    content {
      device   = "tor${external_routes.value}"
      prefix   = "10.9.0.0/16"
      next_hop = "10.0.0.${each.value}"
    }
  }
}

tunnel "t" {
  for_each  = { x = "one", y = "two" }
  psk       = { one = secret.a, two = secret.b }[each.value]
  initiator = each.key == "x" ? site.s["one"].gateway.main : null
  end {
    gateway = site.s[each.value].gateway.main
    address = "169.254.0.1/30"
  }
  end {
    gateway = site.s["three"].gateway["more"]
    address = "169.254.0.2/30"
  }
  dpd {
    interval = each.key == "x" ? "1h30m" : "90s"
  }
}
`))
	text := Write(want)
	got, diags := decodeText(string(text))
	if diags.HasErrors() {
		t.Fatalf("%v\n%s", diags, text)
	}
	if d := cmp.Diff(want, got, withoutRanges); d != "" {
		t.Errorf("(-want +got)\n%s\n%s", d, text)
	}
	if strings.Count(string(text), `site "s"`) != 1 || len(got.Sites[2].ExternalRoutes) != 2 {
		t.Errorf("%s", text)
	}
	for i, a := range got.Accepts {
		if (a.Scope.Filename == "") != (want.Accepts[i].Scope.Filename == "") {
			t.Errorf("%s has another scope", a.Code)
		}
	}
}
