package emulator

import (
	"context"
	"strings"

	p "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi/sdk/v3/go/property"
)

// info is what middlewares know of a call before it is made.
type info struct {
	op      string
	typ     string // Pulumi's type or function token
	name    string // the resource's logical name
	id      string
	names   []string     // the names that the request gives the resource in Azure
	inputs  property.Map // of a create
	preview bool
}

// middleware stands around every call. It calls next once, or fails.
type middleware func(ctx context.Context, call info, next func(context.Context) error) error

// around puts a middleware around all calls of a provider that are about resources or functions.
func around(m middleware, next p.Provider) p.Provider {
	next.Check = wrap(m, next.Check, func(r p.CheckRequest) info {
		return info{op: "check", typ: string(r.Urn.Type()), name: r.Urn.Name()}
	})
	next.Diff = wrap(m, next.Diff, func(r p.DiffRequest) info {
		return info{op: "diff", typ: string(r.Urn.Type()), name: r.Urn.Name(), id: r.ID}
	})
	next.Create = wrap(m, next.Create, func(r p.CreateRequest) info {
		return info{
			op: "create", typ: string(r.Urn.Type()), name: r.Urn.Name(), names: givenNames(r.Properties), inputs: r.Properties, preview: r.DryRun,
		}
	})
	next.Read = wrap(m, next.Read, func(r p.ReadRequest) info {
		return info{op: "read", typ: string(r.Urn.Type()), name: r.Urn.Name(), id: r.ID}
	})
	next.Update = wrap(m, next.Update, func(r p.UpdateRequest) info {
		return info{op: "update", typ: string(r.Urn.Type()), name: r.Urn.Name(), id: r.ID, preview: r.DryRun}
	})
	next.Invoke = wrap(m, next.Invoke, func(r p.InvokeRequest) info {
		return info{op: "invoke", typ: string(r.Token)}
	})
	if remove := next.Delete; remove != nil {
		next.Delete = func(ctx context.Context, r p.DeleteRequest) error {
			call := info{op: "delete", typ: string(r.Urn.Type()), name: r.Urn.Name(), id: r.ID}
			return m(ctx, call, func(ctx context.Context) error { return remove(ctx, r) })
		}
	}
	return next
}

// givenNames are the values of inputs such as vmName: before a resource exists
// they are all that tells its name.
func givenNames(inputs property.Map) []string {
	var names []string
	for key, value := range inputs.All {
		if value.IsString() && strings.HasSuffix(key, "Name") && key != "resourceGroupName" {
			names = append(names, value.AsString())
		}
	}
	return names
}

func wrap[Request, Response any](
	m middleware, next func(context.Context, Request) (Response, error), describe func(Request) info,
) func(context.Context, Request) (Response, error) {
	if next == nil {
		return nil
	}
	return func(ctx context.Context, request Request) (Response, error) {
		var response Response
		err := m(ctx, describe(request), func(ctx context.Context) error {
			var err error
			response, err = next(ctx, request)
			return err
		})
		return response, err
	}
}

// changes says whether the call changes something, rather than look or pretend.
func (i info) changes() bool {
	return !i.preview && (i.op == "create" || i.op == "update" || i.op == "delete")
}
