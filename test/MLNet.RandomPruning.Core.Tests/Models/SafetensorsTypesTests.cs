using System.Buffers.Binary;
using System.Text;
using MLNet.RandomPruning.Models;

namespace MLNet.RandomPruning.Tests.Models;

[TestClass]
public sealed class SafetensorsTypesTests
{
    [TestMethod]
    public void Write_TakesOtherTypesAndShapes()
    {
        var writer = new SafetensorsWriter();
        writer.Add("bytes", new byte[] { 250 });
        writer.Add("halves", new[] { (Half)1, (Half)(-2.5), Half.Epsilon });
        writer.Add("levels", new sbyte[] { -127, 3 });
        writer.Add("matrix", [2, 1, 3], new float[] { 1, 2, 3, 4, 5, 6 });
        writer.Add("count", [], new[] { 0x0102030405060708 });
        writer.Add("nothing", [0, 7], Array.Empty<float>());
        writer.AddMetadata("k", "v");
        writer.AddDigest();
        using var stream = new MemoryStream();
        writer.WriteTo(stream);
        byte[] file = stream.ToArray();

        int length = (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        string header = Encoding.UTF8.GetString(file, 8, length);
        Assert.Contains("""
            "count":{"dtype":"I64","shape":[],"data_offsets":[0,8]},"matrix":{"dtype":"F32","shape":[2,1,3],"data_offsets":[8,32]},"nothing":{"dtype":"F32","shape":[0,7],"data_offsets":[32,32]},"halves":{"dtype":"F16","shape":[3],"data_offsets":[32,38]},"bytes":{"dtype":"U8","shape":[1],"data_offsets":[38,39]},"levels":{"dtype":"I8","shape":[2],"data_offsets":[39,41]}
            """, header);
        CollectionAssert.AreEqual(
            new byte[]
            {
                8, 7, 6, 5, 4, 3, 2, 1,
                0, 0, 0x80, 0x3f, 0, 0, 0, 0x40, 0, 0, 0x40, 0x40, 0, 0, 0x80, 0x40, 0, 0, 0xa0, 0x40, 0, 0, 0xc0, 0x40,
                0, 0x3c, 0, 0xc1, 1, 0,
                250, 0x81, 3,
            },
            file[(8 + length)..]);
        SafetensorsReader.Read(new MemoryStream(file)).VerifyDigest();
    }

    [TestMethod]
    public void Write_RefusesShapesThatTheValuesDoNotFill()
    {
        var writer = new SafetensorsWriter();
        Assert.Contains("5 values, which do not fill the shape [2, 3]", Assert.ThrowsExactly<ArgumentException>(() => writer.Add("a", [2, 3], new float[5])).Message);
        Assert.Contains("0 values", Assert.ThrowsExactly<ArgumentException>(() => writer.Add("a", [], Array.Empty<long>())).Message);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => writer.Add("a", [-1, -1], new float[1]));
    }

    [TestMethod]
    public void CopyFloatsTo_ReadsEveryTypeOfNumbersWithAPoint()
    {
        var file = new HandMadeSafetensors();
        file.Tensors.Add(new("f64", "F64", [2], [.. BitConverter.GetBytes(1 / 3.0), .. BitConverter.GetBytes(-1e-300)]));
        file.Tensors.Add(new("f32", "F32", [1, 2], [0, 0, 0x20, 0xc0, 0, 0, 0, 0x80]));
        file.Tensors.Add(new("f16", "F16", [2, 2], [0, 0x3c, 1, 0, 0xff, 0x7b, 0, 0xfc]));
        file.Tensors.Add(new("bf16", "BF16", [3], [0x80, 0x3f, 0x20, 0xc0, 0x80, 0x7f]));
        file.Tensors.Add(new("i8", "I8", [1], [1]));
        var tensors = SafetensorsReader.Read(file.Stream()).Tensors;
        float[] Read(string name)
        {
            float[] values = new float[tensors[name].Count];
            tensors[name].CopyFloatsTo(values);
            return values;
        }

        CollectionAssert.AreEqual(new[] { 0.333333343f, -0f }, Read("f64"));
        CollectionAssert.AreEqual(new[] { -2.5f, -0f }, Read("f32"));
        CollectionAssert.AreEqual(new[] { 1f, MathF.Pow(2, -24), 65504f, float.NegativeInfinity }, Read("f16"));
        CollectionAssert.AreEqual(new[] { 1f, -2.5f, float.PositiveInfinity }, Read("bf16"));
        Assert.Contains("'i8' holds I8", Assert.ThrowsExactly<InvalidDataException>(() => Read("i8")).Message);
        Assert.Contains("2 elements, but there is room for 3", Assert.ThrowsExactly<ArgumentException>(() => tensors["f64"].CopyFloatsTo(new float[3])).Message);
        Assert.AreEqual("F16 [2, 2]", tensors["f16"].ToString());
    }
}
