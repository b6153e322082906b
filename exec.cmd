@rem npm scripts begin with `exec`, so that on Unix a signal to npm reaches the script itself. Windows has no exec:
@rem npm's command prompt finds this file instead.
@%*
