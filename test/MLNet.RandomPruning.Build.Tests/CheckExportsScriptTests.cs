namespace MLNet.RandomPruning.Build.Tests;

/// <summary>build/check-exports.sh among programs that say what a test wants them to say.</summary>
[TestClass]
[OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
public class CheckExportsScriptTests
{
    [TestMethod]
    public void BadUsageEndsWithCode2()
    {
        using Workspace workspace = Create(hasModules: true);
        foreach (var (arguments, expected) in new (string[], string)[]
        {
            (["--fast"], "--fast"), (["--images"], "--images"), ([], "no model"), (["--data", "."], "no model"), (["a.model"], "--data"),
            (["--quick", "--data", "."], "--quick"), (["--data", ".", "missing.model"], "missing.model"), (["--quick", "--threads", "none"], "--threads"),
        })
        {
            Outcome outcome = workspace.Bash("build/check-exports.sh", arguments);
            Assert.AreEqual(2, outcome.Code, outcome.All);
            Assert.Contains(expected, outcome.Errors);
        }

        Assert.IsFalse(File.Exists(workspace["calls"]));
        Outcome help = workspace.Bash("build/check-exports.sh", "--help");
        Assert.AreEqual(0, help.Code);
        Assert.Contains("Usage: bash build/check-exports.sh", help.Output);
    }

    [TestMethod]
    public void AsksEveryPeerInTurn()
    {
        using Workspace workspace = Create(hasModules: true);
        workspace.Write("a.model", "");
        Outcome outcome = workspace.Bash(
            "build/check-exports.sh", "--python", workspace["fakes/python"], "--data", "images", "--images", "7", "--threads", "3", "a.model");
        Assert.AreEqual(0, outcome.Code, outcome.All);
        string[] calls = File.ReadAllLines(workspace["calls"]);
        Assert.EndsWith(" onnxruntime-node@1.30.0", calls.Single(call => call.StartsWith("npm install")));
        const string Built = "test/MLNet.RandomPruning.ExportCheck/bin/Release/net10.0", Folder = "build/obj/check-exports";
        CollectionAssert.AreEqual(
            new[]
            {
                $"dotnet {Built}/MLNet.RandomPruning.ExportCheck.dll export {Folder} a.model --images 7 --data images --threads 3",
                $"node {Built}/Peers/onnx_scores.mjs {Folder} build/obj/bench 3",
                $"python {Built}/Peers/onnx_checker.py {Folder}",
                $"python {Built}/Peers/torch_scores.py {Folder}",
                $"dotnet {Built}/MLNet.RandomPruning.ExportCheck.dll compare {Folder} --threads 3",
            },
            calls[^5..]);
    }

    [TestMethod]
    public void SaysWhatIsMissing()
    {
        using Workspace workspace = Create(hasModules: false);
        workspace.Fake("id", "echo 1000");
        workspace.Fake("sudo", "exit 1");
        workspace.Fake("apt-get", "exit 1");
        Outcome outcome = workspace.Bash("build/check-exports.sh", "--python", workspace["fakes/python"], "--quick");
        Assert.AreEqual(1, outcome.Code, outcome.All);
        Assert.Contains("sudo apt-get install python3-torch", outcome.Errors);
    }

    [TestMethod]
    public void WhatDoesNotAgreeIsAFailure()
    {
        using Workspace workspace = Create(hasModules: true);
        workspace.Fake("dotnet", """[[ "$2" != compare ]]""");
        Outcome outcome = workspace.Bash("build/check-exports.sh", "--python", workspace["fakes/python"], "--quick");
        Assert.AreEqual(1, outcome.Code, outcome.All);
    }

    private static Workspace Create(bool hasModules)
    {
        Workspace workspace = Workspace.WithBuildFiles();
        workspace.Write("build/Packages.props", "<Project><PropertyGroup>\n<MLNetSource>packages</MLNetSource>\n<TorchSharpSource>packages</TorchSharpSource>\n</PropertyGroup></Project>");
        workspace.Fake("uname", "echo Linux");
        foreach (string program in new[] { "npm", "dotnet", "node", "python" })
        {
            string question = program == "python" ? $$"""if [[ "$1" == -c ]]; then exit {{(hasModules ? 0 : 1)}}; fi""" : "";
            workspace.Fake(program, $"""
                {question}
                echo "{program} $*" >>"{workspace["calls"]}"
                """);
        }

        return workspace;
    }
}
