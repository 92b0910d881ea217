l2stretch {
  name             = "app-dr" # stands in every marker on every box; two specifications on one box differ in it
  required_version = ">= 0.1"
}

variable "vni_base" {
  type    = number
  default = 5000
}

secret "psk" { # exactly one of env, file, command; the value itself never stands in a specification
  env = "L2STRETCH_PSK"
}

site "onprem" {
  networks = ["10.20.0.0/16"] # routed networks behind this site, announced over eBGP

  nutanix {                      # optional; checked against the feature's minimums
    prism_element = "5.20.1"     # AOS, at least 5.19
    prism_central = "2021.9"     # PC AOS, at least 2021.3
    appliance     = "4.0.2"      # gateway appliance, at least 4.0
    vswitch       = "standard"   # judged for hypervisor = "esxi"; "distributed" is refused
    pcvm          = "10.20.5.10" # Prism Central VM, for the controller-subnet scenario
  }

  gateway "gw1" {
    platform = "vyos" # or "linux"
    release  = "1.4"  # 1.2 1.3 1.4 1.5 rolling, or "4.x" for the appliance

    uplink {
      interface = "eth0"
      address   = "203.0.113.10/24"
      mtu       = 1500
      # public_address = "198.51.100.7"  # when the gateway sits behind NAT; forces UDP encapsulation
    }

    inside { # how the gateway reaches its site's networks; on a one-armed gateway uplink { next_hop } instead
      interface = "eth2"
      address   = "10.20.0.2/24"
      next_hop  = "10.20.0.1"
    }

    bgp {
      asn = 65010
    }

    ssh {
      host = "192.0.2.10"
      user = "vyos" # host keys from known_hosts, or: host_keys = ["ssh-ed25519 AAAA..."]
    }
  }
}

site "cloud" {
  networks = ["10.30.0.0/16"]

  gateway "gw1" {
    platform = "vyos"
    release  = "1.4"

    uplink {
      interface = "eth0"
      address   = "198.51.100.20/24"
    }

    inside {
      interface = "eth2"
      address   = "10.30.0.2/24"
      next_hop  = "10.30.0.1"
    }

    bgp {
      asn = 65020
    }

    ssh {
      host = "192.0.2.20"
    }
  }
}

tunnel "dr" {
  psk           = secret.psk
  nat_traversal = "auto" # auto, force

  end {
    gateway = site.onprem.gateway.gw1
    address = "169.254.100.1/30" # VTI address; both ends in one point-to-point prefix
  }

  end {
    gateway = site.cloud.gateway.gw1
    address = "169.254.100.2/30"
  }

  ike {
    proposals = ["aes256-sha256-dh14"] # encryption[-hash][-prf][-dhN], VyOS's own words
    lifetime  = "8h"
  }

  esp {
    proposals = ["aes256gcm128-dh14"]
    lifetime  = "1h"
  }

  dpd {
    interval = "10s"
  }

  bgp {
    keepalive = "10s"
    hold      = "30s"
  }
}

stretch "app" {
  tunnels = [tunnel.dr]
  subnet  = "192.168.10.0/24"
  vni     = var.vni_base + 10

  attach {
    gateway         = site.onprem.gateway.gw1
    interface       = "eth1"
    vlan            = 20    # the site's VLAN
    tagged          = false # true: the gateway sees it as eth1.20
    address         = "192.168.10.253"
    default_gateway = "192.168.10.1"
    hypervisor      = "esxi"
  }

  attach {
    gateway         = site.cloud.gateway.gw1
    interface       = "eth1"
    vlan            = 100
    address         = "192.168.10.254"
    default_gateway = "192.168.10.1"
    hypervisor      = "ahv"
  }
}
