using Microsoft.ML.Data;

namespace MLNet.RandomPruning.Standins.Tests.Images;

[TestClass]
public class JpegTests
{
    /// <summary>9×7 pixels of one gray, 173.</summary>
    private const string Gray =
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsICQoKCgoKBggLDAsKDAkKCgr/wAALCAAHAAkBAREA/8QAFQABAQAAAAAAAAAAAAAAAAAAAAj/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/9oACAEBAAA/AK0H/9k=";

    /// <summary>9×7 pixels of the inks cyan 200, magenta 40, yellow 90, black 60 of 255, inverted as Adobe does and marked so.</summary>
    private const string Cmyk =
        "/9j/7gAOQWRvYmUAZAAAAAAA/9sAQwACAQEBAQECAQEBAgICAgIEAwICAgIFBAQDBAYFBgYGBQYGBgcJCAYHCQcGBggLCAkKCgoKCgYICwwLCgwJCgoK/8AAFAgABwAJBEMRAE0RAFkRAEsRAP/EABYAAQEBAAAAAAAAAAAAAAAAAAAJCP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAOBEMATQBZAEsAAD8Am2q40ooYAP/Z";

    /// <summary>9×7 pixels of red 30, green 140, blue 220: progressive, colour at half resolution.</summary>
    private const string Progressive =
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAAIBAQEBAQIBAQECAgICAgQDAgICAgUEBAMEBgUGBgYFBgYGBwkIBgcJBwYGCAsICQoKCgoKBggLDAsKDAkKCgr/2wBDAQICAgICAgUDAwUKBwYHCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoKCgr/wgARCAAHAAkDASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAX/xAAUAQEAAAAAAAAAAAAAAAAAAAAH/9oADAMBAAIQAxAAAAGOHYD/AP/EABQQAQAAAAAAAAAAAAAAAAAAABD/2gAIAQEAAQUCP//EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQMBAT8Bf//EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQIBAT8Bf//EABQQAQAAAAAAAAAAAAAAAAAAABD/2gAIAQEABj8CP//EABQQAQAAAAAAAAAAAAAAAAAAABD/2gAIAQEAAT8hP//aAAwDAQACAAMAAAAQA//EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQMBAT8Qf//EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQIBAT8Qf//EABQQAQAAAAAAAAAAAAAAAAAAABD/2gAIAQEAAT8QP//Z";

    [TestMethod]
    public void GrayBecomesThreeEqualChannels()
    {
        using MLImage image = Decode(Convert.FromBase64String(Gray));
        ImageAssert.Pixels(image, 9, 7, (_, _) => (173, 173, 173, 255), tolerance: 1);
    }

    [TestMethod]
    public void ProgressiveFilesWithCoarseColorAreRead()
    {
        using MLImage image = Decode(Convert.FromBase64String(Progressive));
        ImageAssert.Pixels(image, 9, 7, (_, _) => (30, 140, 220, 255), tolerance: 2);
    }

    [TestMethod]
    public void InksBecomeColors()
    {
        byte[] file = Convert.FromBase64String(Cmyk);
        using MLImage adobe = Decode(file);
        ImageAssert.Pixels(adobe, 9, 7, (_, _) => (55 * 195 / 255, 215 * 195 / 255, 165 * 195 / 255, 255), tolerance: 2);

        // Without the 16 bytes of Adobe's marker the same numbers are taken for the same colours.
        byte[] unmarked = [.. file[..2], .. file[18..]];
        using MLImage plain = Decode(unmarked);
        ImageAssert.Pixels(plain, 9, 7, (_, _) => (55 * 195 / 255, 215 * 195 / 255, 165 * 195 / 255, 255), tolerance: 2);
    }

    [TestMethod]
    [DataRow(".jpg")]
    [DataRow(".jpeg")]
    [DataRow(".JPG")]
    public void SmoothImagesComeBackNearlyTheSame(string extension)
    {
        using var folder = new TemporaryFolder();
        foreach ((int width, int height) in new[] { (1, 1), (8, 8), (37, 21), (64, 5) })
        {
            string path = folder.File("smooth" + extension);
            using MLImage image = Smooth(width, height);
            image.Save(path);
            using MLImage back = MLImage.CreateFromFile(path);
            ImageAssert.Pixels(back, width, height, Gradient, tolerance: 6);
        }
    }

    // The packages show what there is of a file that is cut off or damaged.
    [TestMethod]
    [StandinsOnly]
    public void EveryTruncationIsRefusedAndNamesTheFile()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("cut.jpg");
        using (MLImage image = Smooth(24, 24))
        {
            image.Save(path);
        }

        byte[] whole = File.ReadAllBytes(path);
        for (int length = 0; length < whole.Length; length++)
        {
            File.WriteAllBytes(path, whole[..length]);
            Assert.Contains(path, Assert.ThrowsExactly<ArgumentException>(() => MLImage.CreateFromFile(path), $"{length} bytes").Message);
        }
    }

    [TestMethod]
    [StandinsOnly]
    public void DamageIsRefusedOrDecodedButNeverAnythingElse()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("whole.jpg");
        using (MLImage image = Smooth(33, 17))
        {
            image.Save(path);
        }

        byte[] whole = File.ReadAllBytes(path);
        var random = new Random(3);
        int refused = 0;
        for (int trial = 0; trial < 300; trial++)
        {
            byte[] damaged = [.. whole];
            damaged[random.Next(2, damaged.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                Decode(damaged).Dispose();
            }
            catch (ArgumentException refusal)
            {
                refused++;
                Assert.Contains("cannot be read", refusal.Message);
            }
        }

        Assert.IsGreaterThan(30, refused);
    }

    [TestMethod]
    public void AStrayByteBetweenSegmentsIsForgiven()
    {
        byte[] file = Convert.FromBase64String(Gray);
        byte[] stray = [.. file[..20], 0x55, .. file[20..]];

        using MLImage image = Decode(stray);
        ImageAssert.Pixels(image, 9, 7, (_, _) => (173, 173, 173, 255), tolerance: 1);
    }

    private static (int Red, int Green, int Blue, int Alpha) Gradient(int y, int x) => (40 + x * 3, 200 - y * 4, 90 + x + y, 255);

    private static MLImage Smooth(int width, int height)
    {
        var pixels = new byte[width * height * 4];
        for (int i = 0; i < pixels.Length; i += 4)
        {
            (int red, int green, int blue, int alpha) = Gradient(i / 4 / width, i / 4 % width);
            (pixels[i], pixels[i + 1], pixels[i + 2], pixels[i + 3]) = ((byte)red, (byte)green, (byte)blue, (byte)alpha);
        }

        return MLImage.CreateFromPixels(width, height, MLPixelFormat.Rgba32, pixels);
    }

    private static MLImage Decode(byte[] file) => MLImage.CreateFromStream(new MemoryStream(file));
}
