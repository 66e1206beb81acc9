package azure

import (
	"fmt"
	"net/http"
)

// Error is an answer of Azure's other than success.
type Error struct {
	// Status is the HTTP status.
	Status int
	// Code is Azure's, such as InvalidResourceReference.
	Code string
	// Message is in the manner of Azure's.
	Message string
}

// Error is the text that azure-native gives to Pulumi.
func (e *Error) Error() string {
	return fmt.Sprintf("Status=%d Code=%q Message=%q", e.Status, e.Code, e.Message)
}

// ErrorCode is the code alone, for the call journal.
func (e *Error) ErrorCode() string { return e.Code }

func badRequest(code, format string, args ...any) error {
	return &Error{http.StatusBadRequest, code, fmt.Sprintf(format, args...)}
}

func conflict(code, format string, args ...any) error {
	return &Error{http.StatusConflict, code, fmt.Sprintf(format, args...)}
}

func notFound(code, format string, args ...any) error {
	return &Error{http.StatusNotFound, code, fmt.Sprintf(format, args...)}
}

// NewError makes the error that Azure answers with a code, for injected faults. Codes that are not in the table get
// status 400.
func NewError(code string) *Error {
	faults := map[string]Error{
		"SkuNotAvailable": {http.StatusConflict, "", "The requested size is currently not available in this location. " +
			"Please try another size or deploy to a different location or zones."},
		"AllocationFailed":       {http.StatusConflict, "", "Allocation failed. We do not have sufficient capacity for the requested VM size in this region."},
		"OSProvisioningTimedOut": {http.StatusConflict, "", "OS Provisioning for the VM did not finish in the allotted time."},
		"TooManyRequests":        {http.StatusTooManyRequests, "", "The server rejected the request because too many requests have been received for this subscription."},
		"SubscriptionRequestsThrottled": {http.StatusTooManyRequests, "", "Number of requests for the subscription exceeded the backend storage limit. " +
			"Please try again after '6' seconds."},
		"RetryableError":             {http.StatusTooManyRequests, "", "A retryable error occurred."},
		"AnotherOperationInProgress": {http.StatusConflict, "", "Another operation on this or dependent resource is in progress."},
		"InternalServerError":        {http.StatusInternalServerError, "", "The server encountered an error and is unable to process the request."},
		"ServerTimeout":              {http.StatusServiceUnavailable, "", "The request timed out."},
		"AuthorizationFailed":        {http.StatusForbidden, "", "The client does not have authorization to perform the action or the scope is invalid."},
		"RequestDisallowedByPolicy":  {http.StatusForbidden, "", "Resource was disallowed by policy."},
	}
	fault, ok := faults[code]
	if !ok {
		fault = Error{http.StatusBadRequest, code, "The operation failed."}
	}
	fault.Code = code
	return &fault
}
