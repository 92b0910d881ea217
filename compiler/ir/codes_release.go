package ir

// releaseCodes are what a platform or release cannot do.
var releaseCodes = []Kind{
	{Code: "E0601", Summary: "Unknown release", Help: "Known VyOS releases are 1.2, 1.3, 1.4, 1.5 and rolling; 4.x is the appliance built on VyOS. `l2stretch help releases` lists what each can do."},
	{Code: "E0602", Summary: "Platform without a backend", Help: "The platform of a gateway decides which backend makes its configuration. This build has none for the one named."},
}
