namespace MLNet.RandomPruning.Build.Tests;

/// <summary>build/setup.sh on a copy of the build files, with programs of the system faked where it would change the system.</summary>
[TestClass]
[OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
public class SetupScriptTests
{
    [TestMethod]
    [DataRow("--packages", "packages")]
    [DataRow("--standins", "standins")]
    public void AForcedChoiceIsWrittenAndKept(string option, string mode)
    {
        using Workspace workspace = Copy();
        workspace.Fake("dotnet", "echo must not be asked >&2; exit 99");
        Outcome first = workspace.Bash("build/setup.sh", option);
        Assert.AreEqual(0, first.Code, first.All);
        Assert.Contains($"setup: {mode}: Microsoft.ML comes from ", first.Output);
        Assert.Contains($"setup: {mode}: TorchSharp comes from ", first.Output);
        Assert.Contains($"{option} was given", first.Output);
        AssertChoices(workspace, mode, mode);
        DateTime time = File.GetLastWriteTimeUtc(workspace["build/Packages.props"]);

        foreach (Outcome again in new[] { workspace.Bash("build/setup.sh"), workspace.Bash("build/setup.sh", option) })
        {
            Assert.AreEqual(0, again.Code, again.All);
            Assert.Contains($"setup: {mode}: Microsoft.ML ", again.Output);
            Assert.AreEqual(time, File.GetLastWriteTimeUtc(workspace["build/Packages.props"]));
        }
        Assert.Contains("as chosen earlier", workspace.Bash("build/setup.sh").Output);
        Assert.IsEmpty(Directory.GetFileSystemEntries(workspace["build/obj"]));
    }

    [TestMethod]
    public void TheOtherChoiceReplacesTheFirst()
    {
        using Workspace workspace = Copy();
        workspace.Bash("build/setup.sh", "--packages");
        workspace.Bash("build/setup.sh", "--standins");
        AssertChoices(workspace, "standins", "standins");
    }

    [TestMethod]
    [DataRow("--package")]
    [DataRow("standins")]
    [DataRow("--packages --standins")]
    [DataRow("--packages --ask-again")]
    public void BadUsageEndsWithCode2AndWritesNothing(string arguments)
    {
        using Workspace workspace = Copy();
        Outcome outcome = workspace.Bash("build/setup.sh", arguments.Split(' '));
        Assert.AreEqual(2, outcome.Code);
        Assert.Contains("setup: ", outcome.Errors);
        Assert.IsFalse(File.Exists(workspace["build/Packages.props"]));
    }

    [TestMethod]
    public void HelpSaysWhatItDoes()
    {
        using Workspace workspace = Copy();
        Outcome outcome = workspace.Bash("build/setup.sh", "--help");
        Assert.AreEqual(0, outcome.Code);
        Assert.Contains("--ask-again", outcome.Output);
        Assert.IsFalse(File.Exists(workspace["build/Packages.props"]));
    }

    [TestMethod]
    [DataRow("exit 0", "packages", "the feed carries Microsoft.ML VERSION")]
    [DataRow("echo 'x.csproj : error NU1102: Unable to find package Microsoft.ML with version (>= 5.0.0)'; exit 1", "standins", "NU1102: Unable to find package Microsoft.ML with version (>= 5.0.0)")]
    [DataRow("exit 124", "standins", "the feed did not answer within 180 s")]
    [DataRow("echo; echo 'something else'; exit 3", "standins", "dotnet restore ended with code 3: something else")]
    public void TheAnswerOfTheFeedDecides(string answer, string mode, string reason)
    {
        using Workspace workspace = Copy();
        workspace.Write("build/Packages.props", "<Project>\n</Project>\n");
        FakeFeed(workspace, answer);
        Outcome outcome = workspace.Bash("build/setup.sh");
        Assert.AreEqual(0, outcome.Code, outcome.All);
        Assert.Contains($"setup: {mode}: Microsoft.ML comes from ", outcome.Output);
        Assert.Contains(reason.Replace("VERSION", Workspace.CentralVersion("Microsoft.ML")), outcome.Output);
        AssertChoices(workspace, mode, mode);
        string asked = File.ReadAllText(workspace["asked"]);
        Assert.AreEqual(1, CountOf($"""<PackageReference Include="Microsoft.ML" Version="{Workspace.CentralVersion("Microsoft.ML")}" />""", asked), "The feed is asked once.");
        Assert.Contains($"""<PackageReference Include="Microsoft.ML.ImageAnalytics" Version="{Workspace.CentralVersion("Microsoft.ML.ImageAnalytics")}" />""", asked);
        Assert.Contains($"""<PackageReference Include="TorchSharp" Version="{Workspace.CentralVersion("TorchSharp")}" />""", asked);

        workspace.Bash("build/setup.sh");
        Assert.AreEqual(asked, File.ReadAllText(workspace["asked"]), "Earlier choices are kept without asking.");
        workspace.Bash("build/setup.sh", "--ask-again");
        Assert.AreNotEqual(asked, File.ReadAllText(workspace["asked"]));
    }

    [TestMethod]
    public void EachIsChosenForItself()
    {
        using Workspace workspace = Copy();
        FakeFeed(workspace, """if grep -q 'Include="TorchSharp"' "$2"; then echo 'x : error NU1101: Unable to find package TorchSharp.'; exit 1; fi""");
        Outcome outcome = workspace.Bash("build/setup.sh");
        Assert.AreEqual(0, outcome.Code, outcome.All);
        AssertChoices(workspace, "packages", "standins");
        Assert.Contains("setup: packages: Microsoft.ML comes from the NuGet packages; the feed carries", outcome.Output);
        Assert.Contains("setup: standins: TorchSharp comes from build/standins; the feed cannot restore TorchSharp", outcome.Output);
    }

    [TestMethod]
    public void AChoiceOfMicrosoftMLAloneIsKeptAndTorchSharpIsAskedFor()
    {
        using Workspace workspace = Copy();
        workspace.Write("build/Packages.props", "<Project><PropertyGroup><MLNetSource>standins</MLNetSource></PropertyGroup></Project>\n");
        FakeFeed(workspace, "exit 0");
        Outcome outcome = workspace.Bash("build/setup.sh");
        Assert.AreEqual(0, outcome.Code, outcome.All);
        AssertChoices(workspace, "standins", "packages");
        Assert.DoesNotContain("Include=\"Microsoft.ML\"", File.ReadAllText(workspace["asked"]));
    }

    [TestMethod]
    [DataRow(true, "standins", "TorchSharp 9.8.7 needs GLIBCXX_3.4.99 of the system's C or C++ runtime, which is older here")]
    [DataRow(false, "packages", "the feed carries TorchSharp 9.8.7")]
    public void TorchSharpIsTakenWhereItsNativeLibraryCanRun(bool isOld, string mode, string reason)
    {
        using Workspace workspace = Copy();
        workspace.Fake("uname", "if [[ \"$1\" == -m ]]; then echo x86_64; else echo Linux; fi");
        string native = "feed/torchsharp/9.8.7/runtimes/linux-x64/native/libLibTorchSharp.so";
        workspace.Write(native, "");
        // The names of libtorch's own libraries are not found either, but they come with another package.
        workspace.Fake("ldd", $"""
            [[ "$1" == "{workspace[native]}" ]] || exit 9
            {(isOld ? "echo \"$1: /lib/libstdc++.so.6: version \\`GLIBCXX_3.4.99' not found (required by $1)\" >&2" : "")}
            echo "  libtorch.so => not found"
            """);
        FakeFeed(workspace, $$"""
            mkdir -p "$(dirname "$2")/obj"
            printf '{\n  "libraries": {\n    "TorchSharp/9.8.7": {\n    }\n  }\n}\n' >"$(dirname "$2")/obj/project.assets.json"
            echo '<NuGetPackageRoot Condition="x">{{workspace["feed"]}}/</NuGetPackageRoot>' >"$(dirname "$2")/obj/probe.csproj.nuget.g.props"
            """);
        Outcome outcome = workspace.Bash("build/setup.sh");
        Assert.AreEqual(0, outcome.Code, outcome.All);
        AssertChoices(workspace, "packages", mode);
        Assert.Contains(reason, outcome.Output);
        Assert.AreEqual(!isOld, File.ReadAllText(workspace["asked"]).Contains("libtorch-cpu-linux-x64"), "libtorch, which is large, is fetched only where it is of use.");
    }

    [TestMethod]
    public void TorchSharpIsAStandinWhereThereIsNoLibtorchForThePlatform()
    {
        using Workspace workspace = Copy();
        workspace.Fake("uname", "if [[ \"$1\" == -m ]]; then echo riscv64; else echo Linux; fi");
        FakeFeed(workspace, "exit 0");
        Outcome outcome = workspace.Bash("build/setup.sh");
        Assert.AreEqual(0, outcome.Code, outcome.All);
        AssertChoices(workspace, "packages", "standins");
        Assert.Contains("has no libtorch for Linux on riscv64", outcome.Output);
    }

    [TestMethod]
    public void WithoutTheSdkItSaysWhatToInstall()
    {
        using Workspace workspace = Copy();
        workspace.Fake("dotnet", "echo 'A compatible .NET SDK was not found.' >&2; exit 155");
        Outcome outcome = workspace.Bash("build/setup.sh");
        Assert.AreEqual(1, outcome.Code);
        Assert.Contains("setup: dotnet does not offer the SDK that global.json names", outcome.Errors);
        Assert.Contains("A compatible .NET SDK was not found.", outcome.Errors);
        Assert.IsFalse(File.Exists(workspace["build/Packages.props"]));
    }

    [TestMethod]
    [DataRow("0", true, "")]
    [DataRow("1000", true, "sudo ")]
    [DataRow("1000", false, null)]
    public void StandinsInstallWhatTheyNeedOnDebian(string user, bool sudo, string? prefix)
    {
        using Workspace workspace = Copy(library: false);
        workspace.Fake("uname", "echo Linux");
        workspace.Fake("id", $"echo {user}");
        workspace.Fake("sudo", sudo ? $"""[[ "$1" == -n ]] && shift; printf 'sudo ' >>"{workspace["log"]}"; "$@" """ : "exit 1");
        // The first install fails, as on a machine whose package lists were never read.
        workspace.Fake("apt-get", $"""
            echo "apt-get $*" >>"{workspace["log"]}"
            if [[ "$1" == install && ! -e "{workspace["lists"]}" ]]; then echo "Unable to locate package"; exit 100; fi
            if [[ "$1" == update ]]; then touch "{workspace["lists"]}"; fi
            """);
        Outcome outcome = workspace.Bash("build/setup.sh", "--standins");
        Assert.AreEqual(0, outcome.Code, outcome.All);
        if (prefix is null)
        {
            Assert.Contains("sudo apt-get install libturbojpeg", outcome.Errors);
            Assert.IsFalse(File.Exists(workspace["log"]));
        }
        else
        {
            Assert.Contains("setup: installed libturbojpeg", outcome.Output);
            string[] calls = [.. File.ReadAllLines(workspace["log"]).Select(line => line.Replace("sudo sudo ", "sudo "))];
            Assert.HasCount(3, calls);
            Assert.StartsWith($"{prefix}apt-get install -y --no-install-recommends libturbojpeg", calls[0]);
            Assert.AreEqual($"{prefix}apt-get update", calls[1]);
            Assert.StartsWith($"{prefix}apt-get install", calls[2]);
        }
    }

    [TestMethod]
    public void WhatIsInstalledIsNotInstalledAgain()
    {
        using Workspace workspace = Copy();
        workspace.Fake("apt-get", $"""echo "$*" >>"{workspace["log"]}" """);
        Assert.AreEqual(0, workspace.Bash("build/setup.sh", "--standins").Code);
        Assert.IsFalse(File.Exists(workspace["log"]));
    }

    [TestMethod]
    public void TheShimOfTorchSharpIsBuiltOnceAndAgainWhenItsSourcesChange()
    {
        using Workspace workspace = CopyWithShim("libtorch_cpu.so.1.13");
        workspace.Fake("cmake", $"""
            echo "$*" >>"{workspace["log"]}"
            if [[ "$1" == --build ]]; then mkdir -p "$2" && touch "$2/libTorchSharpStandin.so"; fi
            """);
        Outcome outcome = workspace.Bash("build/setup.sh", "--standins");
        Assert.AreEqual(0, outcome.Code, outcome.All);
        Assert.Contains("setup: built build/obj/TorchSharp/libTorchSharpStandin.so", outcome.Output);
        string[] calls = File.ReadAllLines(workspace["log"]);
        CollectionAssert.AreEqual(new[] { "-S build/standins/TorchSharp/native -B build/obj/TorchSharp", "--build build/obj/TorchSharp" }, calls);

        workspace.Bash("build/setup.sh", "--standins");
        Assert.HasCount(2, File.ReadAllLines(workspace["log"]), "What is up to date is not built again.");
        File.SetLastWriteTimeUtc(workspace["build/standins/TorchSharp/native/Shim.cpp"], DateTime.UtcNow.AddMinutes(1));
        workspace.Bash("build/setup.sh", "--standins");
        Assert.HasCount(4, File.ReadAllLines(workspace["log"]));
    }

    [TestMethod]
    public void AShimThatCannotBeBuiltIsNamedAndDoesNotEndTheSetup()
    {
        using Workspace workspace = CopyWithShim("libtorch_cpu.so.1.13");
        workspace.Fake("cmake", "echo 'CMake Error: no such compiler'; exit 1");
        Outcome outcome = workspace.Bash("build/setup.sh", "--standins");
        Assert.AreEqual(0, outcome.Code, outcome.All);
        Assert.Contains("CMake Error: no such compiler", outcome.Errors);
        Assert.Contains("the TorchSharp engine cannot run: its native library could not be built", outcome.Errors);
        AssertChoices(workspace, "standins", "standins");
    }

    [TestMethod]
    public void WithoutLibTorchItSaysWhatToInstall()
    {
        using Workspace workspace = CopyWithShim(library: null);
        workspace.Fake("cmake", "exit 1");
        workspace.Fake("id", "echo 1000");
        workspace.Fake("sudo", "exit 1");
        workspace.Fake("apt-get", "exit 1");
        Outcome outcome = workspace.Bash("build/setup.sh", "--standins");
        Assert.AreEqual(0, outcome.Code, outcome.All);
        Assert.Contains("sudo apt-get install libtorch-dev", outcome.Errors);
    }

    [TestMethod]
    [DataRow("0", "setup: installed nodejs npm")]
    [DataRow("1000", "sudo apt-get install nodejs npm")]
    public void NpmIsProvidedForTheReportPage(string user, string says)
    {
        using Workspace workspace = Workspace.WithBuildFiles();
        // Only what the script needs is on the PATH, and npm is not.
        Directory.CreateDirectory(workspace["programs"]);
        foreach (string program in new[] { "bash", "env", "dirname", "basename", "cat", "chmod", "grep", "head", "mkdir", "mktemp", "mv", "rm", "sed", "tail", "uname" })
        {
            string path = Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator).Select(folder => Path.Combine(folder, program)).First(File.Exists);
            File.CreateSymbolicLink(workspace[$"programs/{program}"], path);
        }

        workspace.Fake("uname", "echo Linux");
        workspace.Fake("id", $"echo {user}");
        workspace.Fake("sudo", "exit 1");
        workspace.Fake("apt-get", $"""echo "$*" >>"{workspace["log"]}" """);
        workspace.Set("PATH", workspace["fakes"] + Path.PathSeparator + workspace["programs"]);
        Assert.AreEqual(0, workspace.Run(workspace["programs/bash"], "build/setup.sh", "--packages", "--no-report").Code);
        Assert.IsFalse(File.Exists(workspace["log"]));
        Outcome outcome = workspace.Run(workspace["programs/bash"], "build/setup.sh", "--packages");
        Assert.AreEqual(0, outcome.Code, outcome.All);
        Assert.Contains(says, outcome.All);
        Assert.AreEqual(user == "0", File.Exists(workspace["log"]));
    }

    /// <summary>A dotnet that writes down what it is asked to restore, then does what the script says.</summary>
    private static void FakeFeed(Workspace workspace, string answer) => workspace.Fake("dotnet", $"""
        if [[ "$1" == --version ]]; then echo 10.0.100; exit 0; fi
        echo "$*" >>"{workspace["asked"]}"
        cat "$2" >>"{workspace["asked"]}"
        {answer}
        """);

    private static void AssertChoices(Workspace workspace, string mlnet, string torchSharp)
    {
        string written = File.ReadAllText(workspace["build/Packages.props"]);
        Assert.Contains($"<MLNetSource>{mlnet}</MLNetSource>", written);
        Assert.Contains($"<TorchSharpSource>{torchSharp}</TorchSharpSource>", written);
    }

    private static int CountOf(string part, string text) => text.Split(part).Length - 1;

    private static Workspace CopyWithShim(string? library)
    {
        Workspace workspace = Copy();
        workspace.Write("build/standins/TorchSharp/native/CMakeLists.txt", "project(TorchSharpStandin)");
        workspace.Write("build/standins/TorchSharp/native/Shim.cpp", "");
        workspace.Fake("ldconfig", $"echo 'libturbojpeg.so.0 (libc6,x86-64)'; echo libicuuc.so.72; echo '{library}'");
        workspace.Fake("uname", "echo Linux");
        workspace.Fake("c++", "exit 0");
        workspace.Fake("make", "exit 0");
        return workspace;
    }

    private static Workspace Copy(bool library = true)
    {
        Workspace workspace = Workspace.WithBuildFiles();
        workspace.Fake("npm", "exit 0");
        workspace.Fake("node", "exit 0");
        workspace.Fake("ldconfig", library ? "echo 'libturbojpeg.so.0 (libc6,x86-64)'; echo libicuuc.so.72" : "true");
        return workspace;
    }
}
