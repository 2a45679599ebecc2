package atoll.front;

import atoll.console.InputEnd;

/** Reads {@code end} or {@code keep}. */
final class InputEndArgument extends OneOf<InputEnd> {
  InputEndArgument() {
    super(InputEnd.class);
  }
}
