using System;
using System.IO;

namespace OpenReferences;

internal static class Program
{
    private static int Main(string[] args)
    {
        if (args.Length < 2)
        {
            Console.Error.WriteLine("Usage: OpenReferences FOLDER ASSEMBLY...\nWrites to FOLDER a copy of each ASSEMBLY in which what is internal is public.");
            return 2;
        }
        foreach (string assembly in args.AsSpan(1))
        {
            try
            {
                ReferenceOpener.OpenFile(assembly, Path.Combine(args[0], Path.GetFileName(assembly)));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException or BadImageFormatException)
            {
                // The form in which MSBuild recognises an error.
                Console.Error.WriteLine($"{assembly} : error OPENREF1: {e.Message}");
                return 1;
            }
        }
        return 0;
    }
}
