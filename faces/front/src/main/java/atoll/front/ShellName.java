package atoll.front;

/** Reads {@code bash}, {@code zsh} or {@code fish}. */
final class ShellName extends OneOf<Shell> {
  ShellName() {
    super(Shell.class);
  }
}
