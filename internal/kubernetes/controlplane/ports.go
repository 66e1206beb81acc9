package controlplane

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

const (
	loopback = "127.0.0.1"
	// portPatience is how long a port of the last run may be taken before another one
	// is used instead.
	portPatience = 10 * time.Second
	portPoll     = 100 * time.Millisecond
)

// ports are those that the processes listen at. They are kept, so that a
// kubeconfig that somebody wrote down stays good.
type ports struct {
	APIServer         int `json:"apiServer"`
	Etcd              int `json:"etcd"`
	EtcdPeer          int `json:"etcdPeer"`
	EtcdMetrics       int `json:"etcdMetrics"`
	ControllerManager int `json:"controllerManager"`
	Scheduler         int `json:"scheduler"`
}

func (p ports) host(port int) string { return net.JoinHostPort(loopback, p.text(port)) }
func (p ports) url(port int) string  { return "https://" + p.host(port) }
func (p ports) text(port int) string { return strconv.Itoa(port) }

func (p *ports) all() []*int {
	return []*int{&p.APIServer, &p.Etcd, &p.EtcdPeer, &p.EtcdMetrics, &p.ControllerManager, &p.Scheduler}
}

// ports gives the ports of the last run, with others for those that are taken.
func (c ControlPlane) ports(ctx context.Context) (ports, error) {
	var p ports
	path := filepath.Join(c.Dir, "ports.json")
	if data, err := os.ReadFile(path); err == nil {
		if err := json.Unmarshal(data, &p); err != nil {
			p = ports{} // half a file: choose again
		}
	}
	var config net.ListenConfig
	var held []net.Listener
	defer func() {
		for _, l := range held {
			_ = l.Close()
		}
	}()
	for _, port := range p.all() {
		l, err := config.Listen(ctx, "tcp", p.host(*port))
		// Programs of a run that was killed may be ending.
		for until := time.Now().Add(portPatience); err != nil && ctx.Err() == nil && time.Now().Before(until); {
			time.Sleep(portPoll)
			l, err = config.Listen(ctx, "tcp", p.host(*port))
		}
		if err != nil {
			l, err = config.Listen(ctx, "tcp", p.host(0))
		}
		if err != nil {
			return p, fmt.Errorf("finding a free port: %w", err)
		}
		held = append(held, l) // so that none is given twice
		*port = l.Addr().(*net.TCPAddr).Port
	}
	data, err := json.Marshal(p)
	if err != nil {
		return p, fmt.Errorf("keeping the ports: %w", err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		return p, fmt.Errorf("keeping the ports: %w", err)
	}
	return p, nil
}
