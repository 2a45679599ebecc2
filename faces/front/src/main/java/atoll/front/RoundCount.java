package atoll.front;

/** Reads how often something is to be measured. */
final class RoundCount extends WholeNumber {
  RoundCount() {
    super(1, 100);
  }
}
