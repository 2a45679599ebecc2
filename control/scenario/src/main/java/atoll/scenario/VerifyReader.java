package atoll.scenario;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads whether a system must be signed. */
final class VerifyReader {
  private static final String REQUIRED = "required";

  private VerifyReader() {}

  /**
   * The key {@code verify}.
   *
   * @param text the digest of the file
   */
  static VerifyRule read(Optional<YamlValue> verify, String text) {
    VerifyRule none = new VerifyRule(false, Optional.empty(), List.of(), text);
    return verify.map(value -> read(value, none)).orElse(none);
  }

  private static VerifyRule read(YamlValue value, VerifyRule none) {
    if (!value.isMapping()) {
      return value.word(List.of(REQUIRED)).map(_ -> none.demanded(Optional.empty())).orElse(none);
    }
    YamlFields fields = value.fields(REQUIRED, "except").orElseThrow();
    boolean required = fields.get(REQUIRED, YamlValue::flag, true);
    List<String> except = new ArrayList<>();
    fields
        .get("except")
        .flatMap(YamlValue::items)
        .orElse(List.of())
        .forEach(item ->
            item.text(VmDescription.PART, "the key of a part, such as vms.linux.disks[0]")
                .ifPresent(except::add));
    return new VerifyRule(required, Optional.empty(), except, none.text());
  }
}
