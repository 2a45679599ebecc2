package atoll.scenario;

import atoll.image.GuestProgram;
import atoll.image.MirrorChoice;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads what a virtual machine runs: a builtin or an image by its name, or the user's files. */
final class GuestReader {
  private static final String LINUX = "linux";
  private static final String UEFI = "uefi";

  private final FileReader files;
  private final ImageReader ofImages;

  GuestReader(FileReader files, ImageReader ofImages) {
    this.files = files;
    this.ofImages = ofImages;
  }

  /**
   * @param vm its name
   */
  Optional<Guest> read(String vm, YamlFields fields) {
    if (fields.get(ImageReader.IMAGE).isPresent()) {
      return ofImages.read(vm, fields);
    }
    Guest.Images images = images(fields);
    if (fields.get(UEFI).isPresent()) {
      return Optional.of(uefi(fields));
    }
    boolean own = fields.get("kernel").isPresent() || fields.get("firmware").isPresent();
    Optional<YamlValue> builtin = fields.get("builtin");
    if (builtin.isPresent()) {
      return builtin.get().word(names()).flatMap(name -> builtin(name, fields, images));
    }
    if (!own) {
      fields
          .owner()
          .reject("there is nothing to run, expected builtin, image, kernel, firmware or uefi");
      return Optional.empty();
    }
    if (fields.get("initrd").isEmpty()) {
      fields.refuse("files", "there is no initial RAM disk to add files to, expected initrd too");
    }
    return images.kernel().isPresent() || images.firmware().isPresent()
        ? Optional.of(new Guest.Custom(images))
        : Optional.empty();
  }

  private Guest uefi(YamlFields fields) {
    List.of("builtin", "kernel", "firmware", "initrd", "dtb", "append")
        .forEach(key ->
            fields.refuse(key, "UEFI firmware starts what is on the VM's disks; leave it out"));
    YamlValue value = fields.get(UEFI).orElseThrow();
    if (!value.isMapping()) {
      if (!value.flag().orElse(true)) {
        value.reject("found false, expected true, or leave it out");
      }
      return new Guest.Uefi(MirrorChoice.USUAL, Optional.empty(), Optional.empty(), List.of());
    }
    YamlFields own = value.fields("code", "vars").orElseThrow();
    return new Guest.Uefi(
        MirrorChoice.USUAL,
        file(own, "code"),
        own.get("vars").flatMap(files::placeImage),
        List.of());
  }

  private static Optional<Guest> builtin(String name, YamlFields fields, Guest.Images images) {
    String image = "%s brings its own; leave it out".formatted(name);
    List.of("kernel", "firmware", "dtb").forEach(key -> fields.refuse(key, image));
    if (name.equals(LINUX)) {
      return Optional.of(new Guest.Linux(MirrorChoice.USUAL, Guest.Linux.NO_TERMINAL, images));
    }
    List.of("initrd", "files")
        .forEach(key -> fields.refuse(key, "%s has no file system; leave it out".formatted(name)));
    return GuestProgram.of(name).map(program -> new Guest.Program(program, images.append()));
  }

  private static List<String> names() {
    List<String> names = new ArrayList<>(GuestProgram.ids());
    names.addFirst(LINUX);
    return names;
  }

  private Guest.Images images(YamlFields fields) {
    return new Guest.Images(
        file(fields, "kernel"),
        file(fields, "firmware"),
        file(fields, "initrd"),
        file(fields, "dtb"),
        fields.get("append", YamlValue::text, ""));
  }

  private Optional<Path> file(YamlFields fields, String key) {
    return fields.get(key).flatMap(files::read);
  }
}
