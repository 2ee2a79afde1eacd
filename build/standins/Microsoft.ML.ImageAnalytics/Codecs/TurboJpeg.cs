using System.Reflection;
using System.Runtime.InteropServices;

namespace Microsoft.ML.ImageCodecs;

/// <summary>The functions of libjpeg-turbo's TurboJPEG interface (version 2, which version 3 libraries keep).</summary>
internal static unsafe partial class TurboJpeg
{
    public const int PixelsBgrx = 3;
    public const int PixelsBgra = 8;
    public const int PixelsCmyk = 11;

    public const int ColorsCmyk = 3;
    public const int ColorsYcck = 4;

    public const int Subsampling444 = 0;

    public const int FlagAccurateDct = 4096;
    public const int FlagLimitScans = 32768;

    public const int ErrorIsWarning = 0;

    private const string Library = "turbojpeg";

    private static readonly string[] LibraryNames =
        OperatingSystem.IsWindows() ? ["turbojpeg.dll", "libturbojpeg.dll"]
        : OperatingSystem.IsMacOS() ?
        [
            "libturbojpeg.0.dylib", "libturbojpeg.dylib",
            "/opt/homebrew/opt/jpeg-turbo/lib/libturbojpeg.dylib", "/usr/local/opt/jpeg-turbo/lib/libturbojpeg.dylib",
        ]
        : ["libturbojpeg.so.0", "libturbojpeg.so"];

    static TurboJpeg() => NativeLibrary.SetDllImportResolver(typeof(TurboJpeg).Assembly, Resolve);

    [LibraryImport(Library)]
    public static partial nint tjInitDecompress();

    [LibraryImport(Library)]
    public static partial nint tjInitCompress();

    [LibraryImport(Library)]
    public static partial int tjDecompressHeader3(
        nint handle, byte* jpeg, CULong jpegLength, out int width, out int height, out int subsampling, out int colors);

    [LibraryImport(Library)]
    public static partial int tjDecompress2(
        nint handle, byte* jpeg, CULong jpegLength, byte* pixels, int width, int pitch, int height, int pixelFormat, int flags);

    [LibraryImport(Library)]
    public static partial int tjCompress2(
        nint handle, byte* pixels, int width, int pitch, int height, int pixelFormat,
        byte** jpeg, CULong* jpegLength, int subsampling, int quality, int flags);

    [LibraryImport(Library)]
    public static partial int tjGetErrorCode(nint handle);

    [LibraryImport(Library)]
    public static partial nint tjGetErrorStr2(nint handle);

    [LibraryImport(Library)]
    public static partial int tjDestroy(nint handle);

    [LibraryImport(Library)]
    public static partial void tjFree(byte* buffer);

    public static string ErrorText(nint handle) => Marshal.PtrToStringUTF8(tjGetErrorStr2(handle));

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (name != Library)
        {
            return 0;
        }

        foreach (string candidate in LibraryNames)
        {
            if (NativeLibrary.TryLoad(candidate, assembly, searchPath, out nint handle))
            {
                return handle;
            }
        }

        throw new DllNotFoundException(
            "JPEG images are read and written with libjpeg-turbo, which is not installed. "
            + "Install it: 'apt-get install libturbojpeg0' on Debian and Ubuntu, 'brew install jpeg-turbo' on macOS, "
            + "or put turbojpeg.dll of libjpeg-turbo on the PATH on Windows.");
    }
}
