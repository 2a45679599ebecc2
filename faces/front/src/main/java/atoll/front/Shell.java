package atoll.front;

/** A shell that can complete Atoll's command line. */
enum Shell {
  BASH,
  ZSH,
  FISH;

  /** What the shell is to read. */
  String completion(CommandDescription atoll) {
    return switch (this) {
      case BASH -> BashCompletion.of(atoll);
      case ZSH -> ZshCompletion.of(atoll);
      case FISH -> FishCompletion.of(atoll);
    };
  }
}
