namespace MLNet.RandomPruning.Build.Tests;

/// <summary>build/test.sh and build/quickstart.sh around a dotnet that says what a test wants it to say.</summary>
[TestClass]
[OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
public class TestScriptTests
{
    private const string Mixed = """
        Running tests from /a/A.dll (net10.0|x64)
        failed F (47ms)
          Standard output
            Test run summary: a test that prints such a line
              succeeded: 1000
              failed: 1000
        Test run summary: Failed!
          /a/A.dll (net10.0|x64) failed with 1 error(s) (594ms)

          total: 7
          failed: 1
          succeeded: 4
          skipped: 2
          duration: 1s 923ms
        Test run completed with non-success exit code: 1

        """;

    [TestMethod]
    public void TheTotalsAreTheLastLine()
    {
        (Outcome outcome, _) = Run(Mixed, code: 1);
        Assert.AreEqual("4 passed, 1 failed, 2 skipped", outcome.LastLine);
        Assert.AreEqual(1, outcome.Code);
        Assert.Contains("failed F (47ms)", outcome.Output);
    }

    [TestMethod]
    public void AllPassed()
    {
        (Outcome outcome, string calls) = Run(Summary(passed: 123, failed: 0, skipped: 1), code: 0);
        Assert.AreEqual("123 passed, 0 failed, 1 skipped", outcome.LastLine);
        Assert.AreEqual(0, outcome.Code);
        Assert.Contains("build -c Release", calls);
        Assert.Contains("test -c Release", calls);
    }

    [TestMethod]
    public void WindowsLineEnds()
    {
        (Outcome outcome, _) = Run(Summary(passed: 5, failed: 0, skipped: 0).ReplaceLineEndings("\r\n"), code: 0);
        Assert.AreEqual("5 passed, 0 failed, 0 skipped", outcome.LastLine);
        Assert.AreEqual(0, outcome.Code);
    }

    [TestMethod]
    public void AProjectThatBrokeOffCountsAsAFailure()
    {
        string summary = Summary(passed: 3, failed: 1, skipped: 0).Replace("  total:", "  error: 2\n\n  total:");
        (Outcome outcome, _) = Run(summary, code: 1);
        Assert.AreEqual("3 passed, 3 failed, 0 skipped", outcome.LastLine);
        Assert.AreEqual(1, outcome.Code);
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(8)]
    public void NoTestIsAFailure(int code)
    {
        (Outcome outcome, _) = Run(Summary(0, 0, 0), code);
        Assert.AreEqual("0 passed, 0 failed, 0 skipped", outcome.LastLine);
        Assert.AreNotEqual(0, outcome.Code);
    }

    [TestMethod]
    public void FailuresCountEvenIfTheRunnerSaysAllIsWell()
    {
        (Outcome outcome, _) = Run(Summary(5, 2, 0), code: 0);
        Assert.AreEqual("5 passed, 2 failed, 0 skipped", outcome.LastLine);
        Assert.AreEqual(1, outcome.Code);
    }

    [TestMethod]
    public void ARunnerThatDiesIsAFailure()
    {
        (Outcome outcome, _) = Run("Running tests from /a/A.dll\n", code: 139);
        Assert.AreEqual("0 passed, 0 failed, 0 skipped", outcome.LastLine);
        Assert.AreEqual(139, outcome.Code);
        Assert.Contains("ended with code 139", outcome.Errors);
    }

    [TestMethod]
    public void ABuildThatFailsIsAFailure()
    {
        (Outcome outcome, string calls) = Run(Summary(5, 0, 0), code: 0, build: "echo 'A.cs(1,1): error CS1002: ; expected'; exit 1");
        Assert.AreEqual("0 passed, 0 failed, 0 skipped", outcome.LastLine);
        Assert.AreEqual(1, outcome.Code);
        Assert.Contains("error CS1002", outcome.Output);
        Assert.DoesNotContain("test -c", calls);
    }

    [TestMethod]
    [DataRow("build/test.sh")]
    [DataRow("build/quickstart.sh")]
    public void UnknownOptionsEndWithCode2(string script)
    {
        using Workspace workspace = Workspace.WithBuildFiles();
        Assert.AreEqual(2, workspace.Bash(script, "--fast").Code);
        Outcome help = workspace.Bash(script, "--help");
        Assert.AreEqual(0, help.Code);
        Assert.Contains($"Usage: bash {script}", help.Output);
    }

    [TestMethod]
    public void CiRunsTheTestScriptFromAnywhere()
    {
        using Workspace workspace = WithDotnet(Summary(2, 0, 0), 0, "true");
        Directory.CreateDirectory(workspace[".ci"]);
        File.Copy(Path.Combine(Workspace.Repository, ".ci", "run"), workspace[".ci/run"]);
        workspace.Set("CI", "true");
        Outcome outcome = workspace.Run("bash", "-c", $"cd / && '{workspace[".ci/run"]}'");
        Assert.AreEqual(0, outcome.Code, outcome.All);
        Assert.AreEqual("2 passed, 0 failed, 0 skipped", outcome.LastLine);
    }

    [TestMethod]
    [DataRow(false, false, "")]
    [DataRow(false, true, "shared/data/cifar-10-batches-bin")]
    [DataRow(true, true, "/of/the/user")]
    public void QuickstartBuildsRunsAndNamesTheCifarFolder(bool named, bool there, string expected)
    {
        using Workspace workspace = WithDotnet("", 0, "true", root: "repository/");
        if (there)
        {
            Directory.CreateDirectory(workspace["shared/data/cifar-10-batches-bin"]);
        }
        workspace.Set("CIFAR10_DIR", named ? "/of/the/user" : "");
        Outcome outcome = workspace.Bash("repository/build/quickstart.sh");
        Assert.AreEqual(0, outcome.Code, outcome.All);
        string[] calls = File.ReadAllLines(workspace["calls"]);
        Assert.StartsWith("build examples/QuickStart -c Release", calls[^2]);
        Assert.StartsWith("run --project examples/QuickStart -c Release --no-build", calls[^1]);
        Assert.EndsWith($" cifar={(expected.StartsWith("shared") ? workspace["repository/../" + expected] : expected)}", calls[^1]);
    }

    private static (Outcome Outcome, string Calls) Run(string says, int code, string build = "true")
    {
        using Workspace workspace = WithDotnet(says, code, build);
        Outcome outcome = workspace.Bash("build/test.sh");
        return (outcome, File.ReadAllText(workspace["calls"]));
    }

    private static Workspace WithDotnet(string says, int code, string build, string root = "")
    {
        Workspace workspace = Workspace.WithBuildFiles();
        if (root != "")
        {
            Directory.CreateDirectory(workspace[root]);
            Directory.Move(workspace["build"], workspace[root + "build"]);
        }
        workspace.Write(root + "build/Packages.props", "<Project><PropertyGroup>\n<MLNetSource>packages</MLNetSource>\n<TorchSharpSource>packages</TorchSharpSource>\n</PropertyGroup></Project>");
        File.WriteAllText(workspace["says"], says);
        foreach (string there in new[] { "npm", "node", "chromium" })
        {
            workspace.Fake(there, "exit 0");
        }

        workspace.Fake("dotnet", $"""
            echo "$* cifar=$CIFAR10_DIR" >>"{workspace["calls"]}"
            case "$1" in
                --version) echo 10.0.100 ;;
                build) {build} ;;
                test) cat "{workspace["says"]}"; exit {code} ;;
            esac
            """);
        return workspace;
    }

    private static string Summary(int passed, int failed, int skipped) => $"""
        Test run summary: {(failed == 0 ? "Passed" : "Failed")}!

          total: {passed + failed + skipped}
          failed: {failed}
          succeeded: {passed}
          skipped: {skipped}
          duration: 1s 736ms

        """;
}
