package atoll.device;

import atoll.state.Unsaved;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.regex.Pattern;

/** A named item of {@link FwCfg}. */
@Unsaved("does not change")
public final class FwCfgFile {
  /** What a name looks like; the zero behind it is the 56th byte. */
  public static final Pattern NAME = Pattern.compile("[!-~]{1,55}");

  /** Bytes of the largest file; it is in memory while the machine runs. */
  public static final long LONGEST = 64L << 20;

  private final String name;
  private final byte[] content;

  /**
   * A file.
   *
   * @param name a path without a leading slash, such as {@code opt/org.example/key}
   * @param content what the guest reads; must not change any more
   */
  public FwCfgFile(String name, byte[] content) {
    if (!NAME.matcher(name).matches() || content.length > LONGEST) {
      throw new IllegalArgumentException(
          "'%s' with %d bytes is not an item of firmware configuration"
              .formatted(name, content.length));
    }
    this.name = name;
    this.content = Objects.requireNonNull(content, "content");
  }

  /** A file with a text, without a zero behind it. */
  public static FwCfgFile of(String name, String text) {
    return new FwCfgFile(name, text.getBytes(StandardCharsets.UTF_8));
  }

  /** By what the guest looks for it. */
  public String name() {
    return name;
  }

  /** What the guest reads. */
  byte[] content() {
    return content;
  }
}
