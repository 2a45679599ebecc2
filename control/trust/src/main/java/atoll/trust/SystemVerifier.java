package atoll.trust;

import atoll.disk.DiskFormat;
import atoll.disk.DiskLocation;
import atoll.disk.ImageInfo;
import atoll.disk.ImageTool;
import atoll.host.HostException;
import atoll.host.Tasks;
import atoll.image.LinuxImages;
import atoll.image.MirrorChoice;
import atoll.image.RefusedException;
import atoll.keys.SignerList;
import atoll.scenario.DiskSpec;
import atoll.scenario.Scenario;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Follows the chain of a system: a key that is trusted signed the list, the list has the scenario,
 * and the scenario's files are what the list says. Nothing that is not in the list is used.
 */
public final class SystemVerifier {
  private final SignerList signers;
  private final Path cache;
  private final Tasks tasks;
  private final Function<MirrorChoice, LinuxImages> linux;
  private final String version;

  /**
   * @param signers who is trusted
   * @param cache where copies are kept
   * @param linux gives the stock kernel and initial RAM disk
   * @param version of Atoll, for the log
   */
  public SystemVerifier(
      SignerList signers,
      Path cache,
      Tasks tasks,
      Function<MirrorChoice, LinuxImages> linux,
      String version) {
    this.signers = signers;
    this.cache = cache;
    this.tasks = tasks;
    this.linux = linux;
    this.version = version;
  }

  /** Where the list of a scenario is. */
  public static Path listOf(Path scenario) {
    return SignedList.of(scenario.toAbsolutePath().normalize());
  }

  /**
   * Verifies a system.
   *
   * @param signer the name of the one who must have signed it, or anyone who is trusted
   * @throws RefusedException with the first link that is broken
   */
  public VerifiedSystem verify(Scenario scenario, Optional<String> signer) {
    List<Piece> pieces = Pieces.of(scenario);
    requireVerifiable(scenario, pieces);
    return scenario.file().isPresent()
        ? ofList(scenario, scenario.file().get(), pieces, signer)
        : ofFiles(scenario, pieces, signer);
  }

  private VerifiedSystem ofList(
      Scenario scenario, Path named, List<Piece> pieces, Optional<String> signer) {
    Path file = named.toAbsolutePath().normalize();
    Path list = SignedList.of(file);
    byte[] bytes = read(list, named);
    SignerList.Signed signed = link("signature", () -> signers.verify(list, bytes, signer));
    SignedList expected =
        link(
            "signature",
            () -> SignedList.parse(list.toString(), new String(bytes, StandardCharsets.UTF_8)));
    requireScenario(scenario, file, expected, signed);
    String counter = expected.system() + "@" + signed.number();
    requireNew(expected, counter);
    List<MeasurementLog.Step> steps = begin();
    steps.add(
        step(
            Digests.sha512(bytes),
            "signature",
            "%s by %s version %d"
                .formatted(list.getFileName(), signed.number(), expected.version())));
    steps.add(step(scenario.verify().text(), "scenario", file.getFileName().toString()));
    Map<String, Path> stock = StockFiles.of(scenario, linux);
    Set<Path> files = files(scenario, pieces);
    files.addAll(stock.values());
    HeldFiles held = HeldFiles.of(cache, files, tasks);
    try {
      stock.forEach(
          (name, path) -> steps.add(compare(name, name, path, expected.stock(), held, list)));
      for (Piece piece : used(scenario, pieces)) {
        Path path = piece.file().orElseThrow();
        String name = SignedList.name(file.getParent(), path);
        steps.add(compare(piece.key(), name, path, expected.files(), held, list));
      }
      requireWholeDisks(scenario, pieces, held);
      scenario.verify().except().forEach(key -> steps.add(step("-", key, "not verified")));
      return made(scenario, stock, held, steps, counter, expected.version(), signed.signer());
    } catch (RuntimeException e) {
      held.close();
      throw e;
    }
  }

  private static VerifiedSystem made(
      Scenario scenario,
      Map<String, Path> stock,
      HeldFiles held,
      List<MeasurementLog.Step> steps,
      String counter,
      long version,
      String signer) {
    Map<String, Path> copies = new HashMap<>();
    stock.forEach((name, path) -> copies.put(name, held.instead(path)));
    Scenario of = Pieces.replaced(scenario, held::instead, copies);
    return new VerifiedSystem(of, held, new MeasurementLog(steps), counter, version, signer);
  }

  private List<MeasurementLog.Step> begin() {
    List<MeasurementLog.Step> steps = new ArrayList<>();
    steps.add(step("-", "atoll", version));
    return steps;
  }

  private static MeasurementLog.Step step(String digest, String link, String name) {
    return new MeasurementLog.Step(digest, link, name);
  }

  /** Each file of a system that has no list has a signature of its own. */
  private VerifiedSystem ofFiles(Scenario scenario, List<Piece> pieces, Optional<String> signer) {
    StockFiles.first(scenario)
        .ifPresent(stock -> {
          throw broken(
              stock,
              "what Atoll fetches is signed as part of a system; name files of your own, or write a scenario (builtin: linux) and sign that",
              null);
        });
    List<MeasurementLog.Step> steps = begin();
    HeldFiles held = HeldFiles.of(cache, files(scenario, pieces), tasks);
    try {
      String by = "";
      for (Piece piece : used(scenario, pieces)) {
        Path file = piece.file().orElseThrow();
        SignerList.Signed signed =
            link(piece.key(), () -> signers.verifyCopy(file, held.instead(file), signer));
        by = signed.signer();
        steps.add(
            step(
                held.digest(file),
                piece.key(),
                "%s by %s".formatted(file.getFileName(), signed.number())));
      }
      requireWholeDisks(scenario, pieces, held);
      return made(scenario, Map.of(), held, steps, "", 0, by);
    } catch (RuntimeException e) {
      held.close();
      throw e;
    }
  }

  // ------------------------------------------------------------ links

  private static <T> T link(String name, Supplier<T> work) {
    try {
      return work.get();
    } catch (RefusedException e) {
      throw broken(name, e.getMessage(), e);
    }
  }

  private static RefusedException broken(String link, String why, Exception cause) {
    return new RefusedException(
        "nothing is started, since it is not verified: %s: %s".formatted(link, why), cause);
  }

  private static void requireScenario(
      Scenario scenario, Path file, SignedList expected, SignerList.Signed signed) {
    String name = file.getFileName().toString();
    if (!scenario.verify().text().equals(expected.files().get(name))) {
      throw broken(
          "scenario",
          expected.files().containsKey(name)
              ? "%s is not what %s signed; it was changed since, or the list is of another version"
                  .formatted(file, signed.signer())
              : "%s is not in the list that %s signed, which is of the system '%s'"
                  .formatted(file, signed.signer(), expected.system()),
          null);
    }
    if (!scenario.name().equals(expected.system())) {
      throw broken(
          "scenario",
          "it is the system '%s', and the list is of '%s'"
              .formatted(scenario.name(), expected.system()),
          null);
    }
  }

  private void requireNew(SignedList expected, String counter) {
    long newest = signers.versions().getOrDefault(counter, 0L);
    if (expected.version() < newest) {
      throw broken(
          "version",
          "this is version %d of %s, and version %d has run here; to go back nevertheless: atoll keys reset-version %s"
              .formatted(expected.version(), expected.system(), newest, counter),
          null);
    }
  }

  private static MeasurementLog.Step compare(
      String key, String name, Path file, Map<String, String> expected, HeldFiles held, Path list) {
    String digest = held.digest(file);
    String signed = expected.get(name);
    if (signed == null) {
      throw broken(key, "%s is not signed: %s does not have it".formatted(name, list), null);
    }
    if (!signed.equals(digest)) {
      throw broken(
          key,
          "%s is not what was signed: its SHA-512 begins with %s, expected %s"
              .formatted(file, digest.substring(0, 16), signed.substring(0, 16)),
          null);
    }
    return step(digest, key, name);
  }

  private static byte[] read(Path list, Path scenario) {
    try (InputStream in = Files.newInputStream(list)) {
      byte[] bytes = in.readNBytes(SignedList.LONGEST + 1);
      if (bytes.length > SignedList.LONGEST) {
        throw broken("signature", list + " is too long for a signed list", null);
      }
      return bytes;
    } catch (NoSuchFileException e) {
      throw broken(
          "signature",
          "there is no %s; sign the system with: atoll sign %s".formatted(list, scenario),
          e);
    } catch (IOException e) {
      throw new HostException("%s cannot be read: %s".formatted(list, HostException.reason(e)), e);
    }
  }

  // ------------------------------------------------------------ pieces

  /** Whatever cannot be verified is excepted by the scenario, and what it excepts is there. */
  static void requireVerifiable(Scenario scenario, List<Piece> pieces) {
    List<String> except = scenario.verify().except();
    for (Piece piece : pieces) {
      if (piece.obstacle().isPresent() && !except.contains(piece.key())) {
        String why = "it cannot be verified, since it %s; ".formatted(piece.obstacle().get());
        throw new RefusedException(
            scenario.problem(piece.key(), why + advice(scenario, piece)).toString());
      }
    }
    for (String key : except) {
      if (pieces.stream().noneMatch(piece -> piece.key().equals(key))) {
        throw new RefusedException(
            scenario
                .problem("verify", "'%s' is to be excepted, and is no part of it".formatted(key))
                .toString());
      }
    }
  }

  /** Only a scenario in a file can except something: what it excepts is signed. */
  private static String advice(Scenario scenario, Piece piece) {
    return scenario.file().isPresent()
        ? "or except it, as in verify: {except: [\"%s\"]}".formatted(piece.key())
        : "leave it out, or write a scenario, which can except it, and sign that";
  }

  /** Those whose files are verified. */
  private static List<Piece> used(Scenario scenario, List<Piece> pieces) {
    return pieces.stream()
        .filter(piece -> piece.file().isPresent())
        .filter(piece -> !scenario.verify().except().contains(piece.key()))
        .toList();
  }

  /** Their files. */
  static Set<Path> files(Scenario scenario, List<Piece> pieces) {
    Set<Path> files = new LinkedHashSet<>();
    used(scenario, pieces).forEach(piece -> files.add(piece.file().orElseThrow()));
    return files;
  }

  /** A disk that has others behind it would be more than what was verified. */
  static void requireWholeDisks(Scenario scenario, List<Piece> pieces, HeldFiles held) {
    for (Piece piece : used(scenario, pieces)) {
      if (piece.disk()) {
        Path file = piece.file().orElseThrow();
        ImageInfo info =
            ImageTool.describe(DiskLocation.of(held.instead(file)), format(scenario, file));
        boolean alone =
            info.format() == DiskFormat.RAW
                || info.format() == DiskFormat.QCOW2 && info.backingFile().isEmpty();
        if (!alone) {
          throw broken(
              piece.key(),
              "%s is not raw or qcow2, or has another image behind it; convert it: atoll disk convert"
                  .formatted(file),
              null);
        }
      }
    }
  }

  private static Optional<DiskFormat> format(Scenario scenario, Path file) {
    return scenario.vms().stream()
        .flatMap(vm -> vm.disks().stream())
        .filter(disk -> disk.image().file().equals(Optional.of(file)))
        .findFirst()
        .flatMap(DiskSpec::format);
  }
}
