package atoll.front;

import java.time.Duration;

/** How long something has been there, for people. */
final class AgeText {
  private AgeText() {}

  static String of(Duration since) {
    if (since.toHours() < 2) {
      return since.toMinutes() + " min";
    }
    return since.toDays() < 2 ? since.toHours() + " h" : since.toDays() + " days";
  }
}
