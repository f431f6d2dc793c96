/* Only in the sanitizer build: looking for leaks needs /proc, which a chroot has not. */
#ifdef __SANITIZE_ADDRESS__
const char *__asan_default_options(void);

__attribute__((visibility("default"), no_sanitize("address"))) const char *__asan_default_options(void)
{
	return "detect_leaks=0:exitcode=99";
}
#else
typedef int nothing_to_see;
#endif
