package atoll.front;

import picocli.CommandLine.Option;

/** How a command about an image says what it has found. */
final class DiskOutput {
  /** The ways. */
  enum Form {
    human,
    json
  }

  @Option(
      names = "--output",
      paramLabel = "FORM",
      defaultValue = "human",
      description = "human or json (default: ${DEFAULT-VALUE})")
  private Form form;

  boolean json() {
    return form == Form.json;
  }
}
