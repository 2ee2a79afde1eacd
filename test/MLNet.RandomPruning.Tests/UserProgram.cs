using System.Diagnostics;
using System.Reflection;

namespace MLNet.RandomPruning.Tests;

/// <summary>Programs as a user would write them, run as processes of their own.</summary>
internal static class UserProgram
{
    /// <summary>Where the build has put a program.</summary>
    public static string PathOf(string name)
    {
        string relative = typeof(UserProgram).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(attribute => attribute.Key == name).Value!;
        return Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, relative));
    }

    /// <summary>Runs a program, which must succeed, and gives the lines that it prints.</summary>
    public static string[] Run(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.AreEqual(0, process.ExitCode, error.Result);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }
}
