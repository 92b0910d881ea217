package sessiontest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/l2stretch/l2stretch/vyos/session/sessiontest/internal/vfs"
)

// A User is an account of a router.
type User struct {
	Name   string
	Groups []string // the first is the primary one; nil is an administrator's
	// Password is what is accepted for the account besides the router's client key; empty is none.
	Password string

	uid int
}

// The groups of an administrator and of an operator, as VyOS gives them.
func adminGroups() []string {
	return []string{"users", "adm", "disk", "sudo", "dip", "frr", "frrvty", "vyattacfg"}
}

func operatorGroups() []string { return []string{"users", "vyattaop"} }

// groupIDs are the groups that there are.
var groupIDs = map[string]int{
	"root": 0, "adm": 4, "disk": 6, "tty": 5, "sudo": 27, "dip": 30, "users": 100, "nogroup": 65534, "vyattacfg": 102, "vyattaop": 103, "frr": 108, "frrvty": 107,
	"crontab": 101, "daemon": 1,
}

func groupName(gid int) string {
	for _, name := range []string{
		"root", "adm", "disk", "tty", "sudo", "dip", "users", "nogroup", "vyattacfg", "vyattaop", "frr", "frrvty", "crontab", "daemon",
	} {
		if groupIDs[name] == gid {
			return name
		}
	}
	return fmt.Sprint(gid)
}

// An identity is who a process acts as.
type identity struct {
	user *User
	cred vfs.Cred
}

func (r *Router) identity(u *User) identity {
	id := identity{user: u, cred: vfs.Cred{UID: u.uid, Umask: 0o022}}
	for i, g := range u.Groups {
		gid := groupIDs[g]
		if i == 0 {
			id.cred.GID = gid
		}
		id.cred.Groups = append(id.cred.Groups, gid)
	}
	return id
}

func (id identity) in(group string) bool {
	gid := groupIDs[group]
	return id.cred.GID == gid || slices.Contains(id.cred.Groups, gid)
}

// groups lists the names of the groups, the current one first.
func (id identity) groups() []string {
	out := []string{groupName(id.cred.GID)}
	for _, g := range id.cred.Groups {
		if name := groupName(g); !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

func (r *Router) user(name string) *User {
	for _, u := range r.users {
		if u.Name == name {
			return u
		}
	}
	return nil
}

func (r *Router) userByID(uid int) string {
	for _, u := range r.users {
		if u.uid == uid {
			return u.Name
		}
	}
	return fmt.Sprint(uid)
}

func makeUsers(given []User) []*User {
	users := []*User{{Name: "root", Groups: []string{"root"}}}
	if given == nil {
		given = []User{{Name: "vyos"}, {Name: "admin2"}, {Name: "oper", Groups: operatorGroups()}}
	}
	for i, u := range given {
		if u.Groups == nil {
			u.Groups = adminGroups()
		}
		u.uid = 1002 + i
		users = append(users, &u)
	}
	return users
}

// passwd is the account file.
func (r *Router) passwd() []byte {
	var b strings.Builder
	for _, u := range r.users {
		home := "/home/" + u.Name
		if u.uid == 0 {
			home = "/root"
		}
		fmt.Fprintf(&b, "%s:x:%d:%d::%s:/bin/vbash\n", u.Name, u.uid, groupIDs[u.Groups[0]], home)
	}
	return []byte(b.String())
}
