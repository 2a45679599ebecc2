package atoll.scenario;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Reads what a virtual machine's firmware can read by name. */
final class FwCfgReader {
  private final FileReader files;

  FwCfgReader(FileReader files) {
    this.files = files;
  }

  Optional<List<FwCfgSpec>> read(YamlValue value) {
    List<FwCfgSpec> items = new ArrayList<>();
    Set<String> names = new HashSet<>();
    for (YamlValue item : value.items().orElse(List.of())) {
      Optional<FwCfgSpec> read = item(item);
      read.ifPresent(items::add);
      read.filter(known -> !names.add(known.name()))
          .ifPresent(known ->
              item.reject("%s is there already; give each name once".formatted(known.name())));
    }
    return Optional.of(items);
  }

  private Optional<FwCfgSpec> item(YamlValue value) {
    Optional<YamlFields> keys = value.fields("name", "file", "string");
    if (keys.isEmpty()) {
      return Optional.empty();
    }
    YamlFields fields = keys.get();
    Optional<String> name = fields.require("name", "opt/org.example/key").flatMap(this::name);
    Optional<YamlValue> text = fields.get("string");
    if (text.isPresent()) {
      fields.refuse("file", "the text is given already; leave one of the two out");
      return text.get()
          .text()
          .flatMap(words -> name.map(key -> new FwCfgSpec(key, Optional.empty(), words)));
    }
    Optional<Path> file = fields.require("file", "key.txt").flatMap(files::read);
    return file.flatMap(path -> name.map(key -> new FwCfgSpec(key, Optional.of(path), "")));
  }

  private Optional<String> name(YamlValue value) {
    return value
        .text()
        .filter(name -> {
          boolean fits = FwCfgSpec.isName(name);
          if (!fits) {
            value.reject("found '%s', expected %s".formatted(name, FwCfgSpec.NAMES));
          }
          return fits;
        });
  }
}
