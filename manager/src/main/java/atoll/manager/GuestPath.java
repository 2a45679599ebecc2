package atoll.manager;

import java.util.regex.Pattern;

/** What the path of a file in a guest looks like: absolute, without steps that go nowhere or up. */
public final class GuestPath {
  /** The whole of one. */
  public static final Pattern FORM = Pattern.compile("(/(?!\\.{1,2}(/|$))[A-Za-z0-9_+.-]+)+");

  /** What was expected, for messages. */
  public static final String EXPECTED = "a path in the guest such as /etc/motd";

  private GuestPath() {}
}
