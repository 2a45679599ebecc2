package atoll.peripheral;

/** A setting that the user has to change: the message is shown as it is. */
public final class SettingException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * Says what is wrong.
   *
   * @param message one sentence with the setting, its value, and what was expected
   */
  public SettingException(String message) {
    super(message);
  }
}
