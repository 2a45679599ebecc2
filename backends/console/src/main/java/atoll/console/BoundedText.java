package atoll.console;

/**
 * Text that a regular expression may look at only so often: matching takes time that grows without
 * bound with the text for some expressions, and the text is a guest's.
 */
final class BoundedText implements CharSequence {
  /**
   * Looks that take some tens of milliseconds: enough for an expression that is quadratic in a line
   * of 1,024 characters, or cubic in one of 200.
   */
  private static final int MOST_LOOKS = 2_000_000;

  private final String text;
  private int looks;

  /** The bound is reached. */
  static final class TooLong extends RuntimeException {
    private static final long serialVersionUID = 1;

    TooLong() {
      super("matching takes too long", null, false, false);
    }
  }

  BoundedText(String text) {
    this.text = text;
  }

  @Override
  public int length() {
    return text.length();
  }

  @Override
  public char charAt(int index) {
    if (++looks > MOST_LOOKS) {
      throw new TooLong();
    }
    return text.charAt(index);
  }

  @Override
  public CharSequence subSequence(int start, int end) {
    return text.substring(start, end);
  }

  @Override
  public String toString() {
    return text;
  }
}
