using System.Diagnostics;
using System.Text;
using System.Xml.Linq;

namespace MLNet.RandomPruning.Build.Tests;

/// <summary>A temporary folder, and the programs run in it.</summary>
internal sealed class Workspace : IDisposable
{
    private readonly Dictionary<string, string> _environment = [];

    public Workspace()
    {
        Root = Directory.CreateTempSubdirectory("randprune-build-").FullName;
    }

    /// <summary>The folder of the solution these tests belong to.</summary>
    public static string Repository { get; } = FindRepository();

    public string Root { get; }

    public string this[string path] => Path.Combine(Root, path);

    /// <summary>A variable for every program run from here on.</summary>
    public void Set(string variable, string value) => _environment[variable] = value;

    /// <summary>A copy of the solution's build files, without its projects and without a choice of mode.</summary>
    public static Workspace WithBuildFiles()
    {
        Workspace workspace = new();
        foreach (string pattern in new[] { "Directory.*", "global.json" })
        {
            foreach (string file in Directory.EnumerateFiles(Repository, pattern))
            {
                File.Copy(file, workspace[Path.GetFileName(file)]);
            }
        }
        foreach (string file in Directory.EnumerateFiles(Path.Combine(Repository, "build")))
        {
            if (Path.GetFileName(file) != "Packages.props")
            {
                workspace.Copy(file);
            }
        }
        foreach (string file in Directory.EnumerateFiles(Path.Combine(Repository, "build", "OpenReferences")))
        {
            workspace.Copy(file);
        }
        return workspace;
    }

    /// <summary>The version that Directory.Packages.props names for a package.</summary>
    public static string CentralVersion(string package) =>
        XDocument.Load(Path.Combine(Repository, "Directory.Packages.props")).Descendants("PackageVersion").Single(e => (string?)e.Attribute("Include") == package).Attribute("Version")!.Value;

    public string Write(string path, string text)
    {
        string full = this[path];
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllText(full, text.ReplaceLineEndings("\n"));
        return full;
    }

    /// <summary>Puts a shell script in the place of a program of the system.</summary>
    public void Fake(string program, string script)
    {
        string path = Write("fakes/" + program, "#!/usr/bin/env bash\n" + script);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        Set("PATH", this["fakes"] + Path.PathSeparator + Environment.GetEnvironmentVariable("PATH"));
    }

    public Outcome Bash(string script, params string[] arguments) => Run("bash", [script, .. arguments]);

    /// <summary>Runs dotnet and asserts that it succeeds.</summary>
    public string Dotnet(params string[] arguments)
    {
        Outcome outcome = Run("dotnet", arguments);
        Assert.AreEqual(0, outcome.Code, $"dotnet {string.Join(' ', arguments)} said:\n{outcome.All}");
        return outcome.All;
    }

    public Outcome Run(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            WorkingDirectory = Root,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // What the SDK that runs these tests tells its own children would mislead another one.
        foreach (string name in start.Environment.Keys.Where(k => k.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase)).ToList())
        {
            start.Environment.Remove(name);
        }
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment.Remove("CI");
        foreach ((string name, string value) in _environment)
        {
            start.Environment[name] = value;
        }
        using Process process = new() { StartInfo = start };
        StringBuilder output = new();
        StringBuilder errors = new();
        process.OutputDataReceived += (_, e) => Append(output, e.Data);
        process.ErrorDataReceived += (_, e) => Append(errors, e.Data);
        process.Start();
        process.StandardInput.Close();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        if (!process.WaitForExit(TimeSpan.FromMinutes(4)))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{program} {string.Join(' ', arguments)} did not end. It said:\n{output}\n{errors}");
        }
        process.WaitForExit();
        return new(process.ExitCode, output.ToString(), errors.ToString());

        static void Append(StringBuilder text, string? line)
        {
            if (line is not null)
            {
                lock (text)
                {
                    text.Append(line).Append('\n');
                }
            }
        }
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);

    private void Copy(string file)
    {
        string target = this[Path.GetRelativePath(Repository, file)];
        Directory.CreateDirectory(Path.GetDirectoryName(target)!);
        File.Copy(file, target);
    }

    private static string FindRepository()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "MLNet.RandomPruning.sln")))
            {
                return folder.FullName;
            }
        }
        throw new DirectoryNotFoundException($"No MLNet.RandomPruning.sln above {AppContext.BaseDirectory}: these tests test the build files next to it.");
    }
}

/// <summary>How a program ended, and what it said.</summary>
internal sealed record Outcome(int Code, string Output, string Errors)
{
    public string All => Output + Errors;

    public string LastLine => Output.TrimEnd('\n').Split('\n')[^1];
}
