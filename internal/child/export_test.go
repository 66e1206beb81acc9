package child

// InForeground says whether the terminal signals what the tests start.
var InForeground = inForeground
