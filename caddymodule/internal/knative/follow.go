package knative

import (
	"context"
	"time"
)

// FollowInterval is a good interval for [Cluster.Follow].
const FollowInterval = 5 * time.Second

// Follow asks for ref at once and then every interval, and calls seen when
// the answer differs from the one before: another URL, revision, condition or
// error. It returns when the context ends.
//
// It polls, since one small GET costs less than what a watch needs to survive
// the proxies, VPNs and sleeping laptops between a developer and a cluster. It
// asks the cluster, not the service, and so wakes nothing that sleeps at zero.
func (c *Cluster) Follow(ctx context.Context, ref Ref, interval time.Duration, seen func(Service, error)) {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for last := ""; ; {
		s, err := c.Service(ctx, ref)
		if ctx.Err() != nil {
			return
		}
		if now := fingerprint(s, err); now != last {
			last = now
			seen(s, err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func fingerprint(s Service, err error) string {
	if err != nil {
		return "error\x00" + err.Error()
	}
	at := ""
	if s.URL != nil {
		at = s.URL.String()
	}
	return at + "\x00" + s.Revision + "\x00" + s.Ready.Status + "\x00" + s.Ready.Reason + "\x00" + s.Ready.Message
}
