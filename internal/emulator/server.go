package emulator

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"

	p "github.com/pulumi/pulumi-go-provider"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/peer"
	"google.golang.org/protobuf/types/known/emptypb"
)

// largestMessage is Pulumi's own limit for one message, in bytes.
const largestMessage = 400 << 20

// server is one provider on a port of its own, for any number of engine runs after or beside each other.
type server struct {
	port int
	grpc *grpc.Server
	done chan error
}

func serve(ctx context.Context, name, version string, provider p.Provider) (*server, error) {
	inner, err := p.RawServer(name, version, provider)(nil)
	if err != nil {
		return nil, fmt.Errorf("start emulated provider %s: %w", name, err)
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start emulated provider %s: %w", name, err)
	}
	running := &inFlight{calls: map[string]map[int]context.CancelFunc{}}
	s := &server{
		port: listener.Addr().(*net.TCPAddr).Port,
		grpc: grpc.NewServer(grpc.MaxRecvMsgSize(largestMessage), grpc.UnaryInterceptor(running.intercept)),
		done: make(chan error, 1),
	}
	pulumirpc.RegisterResourceProviderServer(s.grpc, &stateless{inner, running})
	go func() { s.done <- s.grpc.Serve(listener) }()
	return s, nil
}

func (s *server) close() error {
	s.grpc.Stop()
	if err := <-s.done; err != nil && !errors.Is(err, grpc.ErrServerStopped) {
		return err
	}
	return nil
}

// stateless keeps nothing between calls: the engine opens a connection per run, and two runs at a time would
// otherwise write over each other's handshake.
type stateless struct {
	pulumirpc.ResourceProviderServer
	running *inFlight
}

// Handshake says what these providers can do. They do not call the engine back.
func (s *stateless) Handshake(context.Context, *pulumirpc.ProviderHandshakeRequest) (*pulumirpc.ProviderHandshakeResponse, error) {
	return &pulumirpc.ProviderHandshakeResponse{AcceptSecrets: true, AcceptResources: true, AcceptOutputs: true}, nil
}

// Attach is how an engine greets a provider that it did not start.
func (s *stateless) Attach(context.Context, *pulumirpc.PluginAttach) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// Cancel ends the calls that this engine run has in flight. Later calls, and other runs, are not touched.
func (s *stateless) Cancel(ctx context.Context, _ *emptypb.Empty) (*emptypb.Empty, error) {
	s.running.cancel(connection(ctx))
	return s.ResourceProviderServer.Cancel(ctx, &emptypb.Empty{})
}

// inFlight knows the calls that run, by connection.
type inFlight struct {
	mu    sync.Mutex
	next  int
	calls map[string]map[int]context.CancelFunc
}

func connection(ctx context.Context) string {
	if from, ok := peer.FromContext(ctx); ok {
		return from.Addr.String()
	}
	return ""
}

func (f *inFlight) intercept(ctx context.Context, req any, method *grpc.UnaryServerInfo, handle grpc.UnaryHandler) (any, error) {
	if method.FullMethod == pulumirpc.ResourceProvider_Cancel_FullMethodName {
		return handle(ctx, req)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	from := connection(ctx)
	defer f.remove(from, f.add(from, cancel))
	return handle(ctx, req)
}

func (f *inFlight) add(from string, cancel context.CancelFunc) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.next++
	if f.calls[from] == nil {
		f.calls[from] = map[int]context.CancelFunc{}
	}
	f.calls[from][f.next] = cancel
	return f.next
}

func (f *inFlight) remove(from string, key int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.calls[from], key)
	if len(f.calls[from]) == 0 {
		delete(f.calls, from)
	}
}

func (f *inFlight) cancel(from string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, cancel := range f.calls[from] {
		cancel()
	}
}
