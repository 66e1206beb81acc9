// Package local gives clusters of the emulated world a real control plane, as
// processes of this machine that stay when the program that began them ends.
//
// Beside the control plane an agent runs, which does what Azure and the machines
// would do to it: it registers nodes, lets their pods start, initializes nodes as
// the cloud provider does, and gives Services their load balancers.
package local

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"reflect"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/dynamic"

	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/api"
	"github.com/hybridcluster/hybridcluster/internal/emulator/kubernetes/controllers"
	"github.com/hybridcluster/hybridcluster/internal/emulator/world"
)

const (
	// retry is when a pass that left something undone is repeated, idle when one that
	// did not is: what counts wakes the agent before.
	retry = 500 * time.Millisecond
	idle  = 10 * time.Second
	// patientPasses is after how many passes a cluster is ready all the same.
	patientPasses = 40
	// fieldManager is how the agent calls itself in requests.
	fieldManager = "emulated-azure"
)

// errForgotten means that the world no longer has the cluster.
var errForgotten = errors.New("the cluster is gone")

// agent keeps one cluster's API server and the emulated world in step.
type agent struct {
	store  *world.Store
	dir    string // the control plane's own
	key    string
	client dynamic.Interface
	log    io.Writer
	// waiting are the pods that could start and have not.
	waiting overduePods
}

// run goes on until the context ends or the world forgets the cluster. begun is
// called once what a fresh cluster has is there.
func (a *agent) run(ctx context.Context, begun func() error) error {
	in, err := watch(ctx, a.client)
	if err != nil {
		return err
	}
	// What happens to machines is not in the API.
	following := make(chan error, 1)
	ctx, stop := context.WithCancel(ctx)
	go func() { following <- a.store.Follow(ctx, in.notify) }()
	defer func() { stop(); <-following }()
	var last string
	for passes := 1; ctx.Err() == nil; passes++ {
		if _, err := os.Stat(a.dir); errors.Is(err, fs.ErrNotExist) {
			return errForgotten // somebody removed the emulator's folder
		}
		err := a.pass(ctx, in)
		if errors.Is(err, errForgotten) {
			return err
		}
		if text := fmt.Sprint(err); err != nil && ctx.Err() == nil && text != last {
			last = text
			_, _ = fmt.Fprintf(a.log, "%s %v\n", time.Now().UTC().Format(time.RFC3339), err)
		}
		// What cannot be made after some tries must not keep all else waiting.
		if begun != nil && (err == nil || passes >= patientPasses) {
			if err := begun(); err != nil {
				return err
			}
			begun = nil
		}
		if err != nil || len(a.waiting) > 0 {
			in.wait(ctx, retry)
		} else {
			in.wait(ctx, idle)
		}
	}
	return nil
}

// pass looks at everything once, and does what is to be done.
func (a *agent) pass(ctx context.Context, in *informers) error {
	before, nodes, err := in.snapshot(ctx)
	if err != nil {
		return err
	}
	live := map[string]*unstructured.Unstructured{}
	for _, n := range nodes {
		live[n.GetName()] = n
	}
	after := make([]*unstructured.Unstructured, len(before))
	for i, u := range before {
		after[i] = u.DeepCopy()
	}
	var wanted, wantedNodes []*unstructured.Unstructured
	err = a.store.Update(ctx, func(w *world.World) error {
		c := w.Clusters[a.key]
		if c == nil {
			return errForgotten
		}
		observe(c, live)
		shadow := *c
		shadow.Objects = nil
		for _, u := range after {
			shadow.Objects = append(shadow.Objects, u.Object)
		}
		controllers.React(w, &shadow)
		c.Nodes = shadow.Nodes
		for _, object := range shadow.Objects {
			wanted = append(wanted, &unstructured.Unstructured{Object: object})
		}
		wantedNodes = controllers.NodeObjects(&shadow)
		return nil
	})
	if err != nil {
		return err
	}
	now := time.Now()
	late := a.waiting.look(before, live, now)
	return errors.Join(a.pushNodes(ctx, live, wantedNodes), a.push(ctx, before, after, wanted), a.touch(ctx, late, now))
}

// key names an object among all.
func key(u *unstructured.Unstructured) string {
	return u.GroupVersionKind().GroupKind().String() + " " + u.GetNamespace() + "/" + u.GetName()
}

// push brings the API server from what it had (before) to what is wanted. after
// are the objects of before as the controllers left them, those that they took
// away too.
func (a *agent) push(ctx context.Context, before, after, wanted []*unstructured.Unstructured) error {
	there := map[string]bool{}
	for _, u := range wanted {
		there[key(u)] = true
	}
	had := map[string]bool{}
	var problems []error
	for i, old := range before {
		had[key(old)] = true
		switch {
		case there[key(old)] || old.GetDeletionTimestamp() != nil:
			problems = append(problems, a.update(ctx, old, after[i]))
		default:
			problems = append(problems, harmless(a.resource(old).Delete(ctx, old.GetName(), metav1.DeleteOptions{})))
		}
	}
	for _, u := range wanted {
		if had[key(u)] {
			continue
		}
		// What follows may need what could not be made.
		if err := a.create(ctx, u); err != nil {
			return errors.Join(append(problems, err)...)
		}
	}
	return errors.Join(problems...)
}

func (a *agent) create(ctx context.Context, u *unstructured.Unstructured) error {
	u = u.DeepCopy()
	for _, field := range []string{"uid", "resourceVersion", "generation", "creationTimestamp"} {
		unstructured.RemoveNestedField(u.Object, "metadata", field)
	}
	_, err := a.resource(u).Create(ctx, u, metav1.CreateOptions{FieldManager: fieldManager})
	if err = harmless(err); err != nil {
		return fmt.Errorf("making %s: %w", key(u), err)
	}
	return nil
}

// update writes what the controllers changed in an object: its status and the rest
// are written apart.
func (a *agent) update(ctx context.Context, old, now *unstructured.Unstructured) error {
	status := now.Object["status"]
	sameStatus := reflect.DeepEqual(old.Object["status"], status)
	rest := now.DeepCopy()
	rest.Object["status"] = old.Object["status"]
	if old.Object["status"] == nil {
		delete(rest.Object, "status")
	}
	api := a.resource(now)
	written := now
	if !reflect.DeepEqual(rest.Object, old.Object) {
		got, err := api.Update(ctx, rest, metav1.UpdateOptions{FieldManager: fieldManager})
		if err != nil {
			return wrap("changing", now, err)
		}
		written = got
	}
	if sameStatus {
		return nil
	}
	withStatus := written.DeepCopy()
	if status == nil {
		delete(withStatus.Object, "status")
	} else {
		withStatus.Object["status"] = status
	}
	_, err := api.UpdateStatus(ctx, withStatus, metav1.UpdateOptions{FieldManager: fieldManager})
	if apierrors.IsNotFound(err) { // its kind has no status of its own, or it is gone
		_, err = api.Update(ctx, withStatus, metav1.UpdateOptions{FieldManager: fieldManager})
	}
	return wrap("changing the status of", now, err)
}

func wrap(what string, u *unstructured.Unstructured, err error) error {
	if err = harmless(err); err != nil {
		return fmt.Errorf("%s %s: %w", what, key(u), err)
	}
	return nil
}

// harmless forgets what the next pass sees by itself: the snapshot was old.
func harmless(err error) error {
	if apierrors.IsConflict(err) || apierrors.IsAlreadyExists(err) || apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

func (a *agent) resource(u *unstructured.Unstructured) dynamic.ResourceInterface {
	r := a.client.Resource(api.Resource(u.GroupVersionKind()))
	if u.GetNamespace() == "" {
		return r
	}
	return r.Namespace(u.GetNamespace())
}
