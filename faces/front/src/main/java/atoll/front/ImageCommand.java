package atoll.front;

import atoll.host.Clock;
import atoll.image.ByteSize;
import atoll.image.Checksum;
import atoll.image.ImageFiles;
import atoll.image.ImageManifest;
import atoll.image.ImagePull;
import atoll.image.ImageStore;
import atoll.image.PulledFrom;
import atoll.image.Recipe;
import atoll.manager.ImageAction;
import atoll.manager.Manager;
import atoll.scenario.Engines;
import atoll.scenario.RecipeReader;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code atoll image}: disk images that Atoll makes or fetches. */
@Command(
    name = "image",
    header = "Makes disk images with Debian, fetches others, and shows and removes them.",
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n",
    footer = {"", "'atoll run NAME' runs an image; 'debian' is made at its first run."})
final class ImageCommand implements Runnable {
  private static final int DIGEST_SHOWN = 12;

  private final Manager manager;
  private final UnaryOperator<String> environment;
  private final PrintStream out;
  private final PrintStream err;

  @Spec private CommandSpec command;

  ImageCommand(
      Manager manager, UnaryOperator<String> environment, PrintStream out, PrintStream err) {
    this.manager = manager;
    this.environment = environment;
    this.out = out;
    this.err = err;
  }

  @Override
  public void run() {
    throw new ParameterException(
        command.commandLine(), "say what to do, for example: atoll image list");
  }

  @Command(header = "Makes an image of a recipe; takes some minutes.", sortOptions = false)
  int build(
      @Parameters(
              paramLabel = "RECIPE",
              description = "a YAML file, or debian for the recipe that comes with Atoll")
          String recipe,
      @Option(
              names = "--again",
              description = "make it even if it is there, with the packages of today")
          boolean again,
      @Option(
              names = "--cpus",
              paramLabel = "N",
              defaultValue = "" + ImageAction.BuildImage.CPUS,
              converter = HartCount.class,
              description = "harts of the VM that builds it, 1 to 32 (default: ${DEFAULT-VALUE})")
          int cpus,
      @Option(
              names = "--engine",
              paramLabel = "NAME",
              defaultValue = Engines.AUTO,
              converter = EngineName.class,
              description = "of that VM (default: ${DEFAULT-VALUE})")
          String engine,
      @Mixin MirrorOptions mirror) {
    ImageFiles image =
        manager.perform(
            new ImageAction.BuildImage(recipe(recipe), mirror.choice(), again, engine, cpus),
            ProgressBar.on(err, environment));
    out.println(summary(image));
    image
        .parameter()
        .ifPresent(parameter -> out.println("its root hash, for a command line: " + parameter));
    return ExitCode.SUCCESS;
  }

  private static Recipe recipe(String name) {
    return name.equals(RecipeReader.DEBIAN)
        ? RecipeReader.debian()
        : RecipeReader.read(Path.of(name));
  }

  private static String summary(ImageFiles image) {
    ImageManifest manifest = image.manifest();
    return "%s  %d packages, %s on a disk of %s, made in %d s: %s"
        .formatted(
            manifest.name(),
            manifest.packages().size(),
            ByteSize.rounded(ImageStore.allocated(image)),
            ByteSize.rounded(manifest.size()),
            manifest.took().toSeconds(),
            image.folder());
  }

  @Command(
      header = "Fetches a disk image that was made elsewhere.",
      description = {
        "",
        "The image is raw or qcow2, packed with gzip, xz or zstd or not, and may be in a tar"
            + " archive. 'atoll run NAME' starts it by UEFI firmware, on a disk of its own. It is"
            + " verified by the checksum that is given, or by a list of checksums beside it, such"
            + " as SHA512SUMS.",
        ""
      },
      sortOptions = false)
  int pull(
      @Parameters(paramLabel = "ADDRESS", description = "https://..., http://... or a file")
          String address,
      @Option(
              names = {"--sha256", "--sha512"},
              paramLabel = "HEX",
              description = "what the checksum of the file must be")
          String checksum,
      @Option(
              names = "--name",
              paramLabel = "NAME",
              description = "of the image; otherwise that of the file")
          String name,
      @Option(names = "--again", description = "fetch it even if it is there") boolean again) {
    Optional<Checksum> expected = Optional.ofNullable(checksum).map(this::checksum);
    ImageFiles image =
        manager.perform(
            new ImageAction.PullImage(
                new ImagePull.Request(address, Optional.ofNullable(name), expected, again)),
            ProgressBar.on(err, environment));
    PulledFrom from = image.manifest().pulled().orElseThrow();
    out.println(
        "%s  a disk of %s, %s: %s"
            .formatted(
                image.manifest().name(),
                ByteSize.rounded(image.manifest().size()),
                verified(from),
                image.folder()));
    if (from.says().isEmpty()) {
      err.println(
          "atoll: note: nothing says what %s must be, so it was not verified; its checksum is %s: compare it with what its makers publish"
              .formatted(from.address(), from.checksum()));
    }
    return ExitCode.SUCCESS;
  }

  private Checksum checksum(String hex) {
    return Checksum.parse(hex)
        .orElseThrow(() ->
            new ParameterException(
                command.commandLine(),
                "'%s' is not a checksum; give 64 hexadecimal digits of SHA-256, or 128 of SHA-512"
                    .formatted(hex)));
  }

  private static String verified(PulledFrom from) {
    return from.says()
        .map(by -> "verified: its %s is what %s says".formatted(from.checksum().algorithm(), by))
        .orElse("not verified");
  }

  @Command(header = "Lists the images that there are.", sortOptions = false)
  int list(
      @Option(names = "--json", description = "as JSON, with all that is known") boolean json) {
    List<ImageFiles> images = manager.perform(new ImageAction.ListImages());
    if (json) {
      out.println(ImagesJson.of(images));
    } else if (images.isEmpty()) {
      out.println(
          "no images yet; make one with: atoll image build debian, or fetch one with: atoll image"
              + " pull");
    } else {
      out.print(table(images));
    }
    return ExitCode.SUCCESS;
  }

  private static TextTable table(List<ImageFiles> images) {
    TextTable table =
        new TextTable("name", "id", "release", ">packages", ">size", ">disk", ">age", "from");
    Instant now = Instant.EPOCH.plusNanos(Clock.host().epochNanos());
    for (ImageFiles image : images) {
      ImageManifest manifest = image.manifest();
      table.row(
          manifest.name(),
          manifest.id(),
          manifest.pulled().isPresent() ? "-" : manifest.release(),
          manifest.pulled().isPresent() ? "-" : String.valueOf(manifest.packages().size()),
          ByteSize.rounded(ImageStore.allocated(image)),
          ByteSize.rounded(manifest.size()),
          AgeText.of(Duration.between(manifest.built(), now)),
          from(manifest));
    }
    return table;
  }

  private static String from(ImageManifest manifest) {
    return manifest
        .pulled()
        .map(from -> from.address() + (from.says().isEmpty() ? " (not verified)" : ""))
        .orElseGet(() -> "recipe " + manifest.recipe().substring(0, DIGEST_SHOWN));
  }

  @Command(header = "Proves that an image is as it was made.", sortOptions = false)
  int verify(
      @Parameters(
              paramLabel = "NAME",
              completionCandidates = ImageNames.class,
              description = "of the image")
          String name) {
    List<String> wrong =
        manager.perform(new ImageAction.VerifyImage(name), ProgressBar.on(err, environment));
    return ProofText.print(wrong, name + " is as it was made", out, err);
  }

  @Command(header = "Removes an image.", sortOptions = false)
  int rm(
      @Parameters(
              paramLabel = "NAME",
              completionCandidates = ImageNames.class,
              description = "of the image")
          String name,
      @Option(
              names = "--disk",
              description = "also the disk that runs of it work on, with all that is on it")
          boolean disk) {
    long bytes = manager.perform(new ImageAction.RemoveImage(name, disk));
    out.println("removed %s, which gives %s back".formatted(name, ByteSize.rounded(bytes)));
    return ExitCode.SUCCESS;
  }

  @Command(header = "Prints the recipe that comes with Atoll.", sortOptions = false)
  int recipe() {
    out.print(RecipeReader.debianText());
    return ExitCode.SUCCESS;
  }
}
