using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using MLNet.RandomPruning.Models;

namespace MLNet.RandomPruning.Tests.Models;

[TestClass]
public sealed class SafetensorsTests
{
    [TestMethod]
    public void Write_LaysTheFileOutAsTheFormatSays()
    {
        var writer = new SafetensorsWriter();
        writer.Add("bits", new byte[] { 1, 2, 3 });
        writer.Add("weight", new[] { 1f, -2.5f });
        writer.AddMetadata("who", "\"Žofie\"\n");
        byte[] file = Bytes(writer);

        // Taken apart by hand: length, JSON, data with the wider type first.
        int length = (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        Assert.AreEqual(0, (8 + length) % 8);
        using var header = JsonDocument.Parse(file.AsMemory(8, length));
        Assert.AreEqual("\"Žofie\"\n", header.RootElement.GetProperty("__metadata__").GetProperty("who").GetString());
        var weight = header.RootElement.GetProperty("weight");
        Assert.AreEqual("F32", weight.GetProperty("dtype").GetString());
        Assert.AreEqual("[2]", weight.GetProperty("shape").GetRawText());
        Assert.AreEqual("[0,8]", weight.GetProperty("data_offsets").GetRawText());
        Assert.AreEqual("[8,11]", header.RootElement.GetProperty("bits").GetProperty("data_offsets").GetRawText());
        CollectionAssert.AreEqual(new byte[] { 0, 0, 0x80, 0x3f, 0, 0, 0x20, 0xc0, 1, 2, 3 }, file[(8 + length)..]);
    }

    [TestMethod]
    public void Read_GivesBackWhatWasWritten()
    {
        float[] values = [.. Enumerable.Range(0, 100_000).Select(index => index * 0.25f - 7)];
        var writer = new SafetensorsWriter();
        writer.Add("a", values);
        writer.Add("empty", Array.Empty<float>());
        writer.Add("b", new byte[] { 9 });
        writer.AddMetadata("key", "value");
        writer.AddDigest();
        byte[] file = Bytes(writer);
        CollectionAssert.AreEqual(file, Bytes(writer));
        foreach (var stream in new Stream[] { new MemoryStream(file), new OneWayStream(file) })
        {
            var reader = SafetensorsReader.Read(stream);
            reader.VerifyDigest();
            float[] copy = new float[values.Length];
            reader.CopyFloats("a", copy);
            CollectionAssert.AreEqual(values, copy);
            reader.CopyFloats("empty", []);
            Assert.AreEqual((byte)9, reader.Bytes("b", "U8", 1)[0]);
            Assert.AreEqual("value", reader.Text("key"));
            Assert.AreEqual(400_001L, reader.DataLength);
        }
    }

    [TestMethod]
    public void Read_TakesWhatTheFormatAllows()
    {
        var reader = SafetensorsReader.Read(File("""{"s":{"data_offsets":[4,12],"shape":[],"dtype":"I64"},"t":{"dtype":"F16","shape":[1,2,1],"data_offsets":[0,4]},"z":{"dtype":"F64","shape":[7,0],"data_offsets":[4,4]}}    """, 12));
        Assert.HasCount(3, reader.Tensors);
        Assert.IsEmpty(reader.Tensors["s"].Shape);
        Assert.AreEqual(8, reader.Tensors["s"].Data.Length);
        Assert.AreEqual(0, reader.Tensors["z"].Data.Length);
        Assert.IsEmpty(SafetensorsReader.Read(File("{}", 0)).Tensors);
    }

    [TestMethod]
    [DataRow("""[]""", 0, "begin with '{'")]
    [DataRow(""" {}""", 0, "begin with '{'")]
    [DataRow("""{"a":""", 0, "not JSON")]
    [DataRow("""{} x""", 0, "not JSON")]
    [DataRow("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},}""", 1, "not JSON")]
    [DataRow("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2, "'a' twice")]
    [DataRow("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"\u0061":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2, "'a' twice")]
    [DataRow("""{"__metadata__":{},"__metadata__":{}}""", 0, "twice")]
    [DataRow("""{"__metadata__":{"k":"1","k":"2"}}""", 0, "'k' twice")]
    [DataRow("""{"__metadata__":{"k":1}}""", 0, "'k' in its metadata is not a text")]
    [DataRow("""{"__metadata__":[]}""", 0, "not an object")]
    [DataRow("""{"\ud800":{}}""", 0, "not JSON")]
    [DataRow("""{"a":3}""", 0, "'a' is not an object")]
    [DataRow("""{"a":{"dtype":"U8","shape":[1]}}""", 1, "lacks")]
    [DataRow("""{"a":{"dtype":"U8","data_offsets":[0,1]}}""", 1, "lacks")]
    [DataRow("""{"a":{"shape":[1],"data_offsets":[0,1]}}""", 1, "lacks")]
    [DataRow("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0]}}""", 1, "lacks")]
    [DataRow("""{"a":{"dtype":"U8","dtype":"U8","shape":[1],"data_offsets":[0,1]}}""", 1, "'dtype'")]
    [DataRow("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"more":0}}""", 1, "'more'")]
    [DataRow("""{"a":{"dtype":"U7","shape":[1],"data_offsets":[0,1]}}""", 1, "unknown type 'U7'")]
    [DataRow("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "-1")]
    [DataRow("""{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}""", 4, "1.0")]
    [DataRow("""{"a":{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}}""", 4, "\"1\"")]
    [DataRow("""{"a":{"dtype":"F32","shape":1,"data_offsets":[0,4]}}""", 4, "not a list")]
    [DataRow("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "does not fill")]
    [DataRow("""{"a":{"dtype":"F32","shape":[4294967296,4294967296,1],"data_offsets":[0,4]}}""", 4, "does not fill")]
    [DataRow("""{"a":{"dtype":"F32","shape":[9223372036854775807,9223372036854775807,9223372036854775807],"data_offsets":[0,4]}}""", 4, "does not fill")]
    [DataRow("""{"a":{"dtype":"F32","shape":[4611686018427387905],"data_offsets":[0,4]}}""", 4, "does not fill")]
    [DataRow("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[4,3]}}""", 4, "does not fill")]
    [DataRow("""{"a":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}""", 2, "without gap")]
    [DataRow("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"data_offsets":[1,3]}}""", 3, "without gap")]
    [DataRow("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", 1, "2 bytes of tensors, but 1 bytes follow")]
    [DataRow("""{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}""", 3, "2 bytes of tensors, but 3 bytes follow")]
    [DataRow("""{"a":{"dtype":"U8","shape":[9223372036854775807],"data_offsets":[0,9223372036854775807]}}""", 3, "9223372036854775807 bytes")]
    public void Read_RefusesWhatTheFormatDoesNotAllow(string header, int dataLength, string expected)
    {
        Assert.Contains(expected, Assert.ThrowsExactly<InvalidDataException>(() => SafetensorsReader.Read(File(header, dataLength))).Message);

        // A stream that cannot tell its length is refused as well, if at times for another reason.
        Assert.ThrowsExactly<InvalidDataException>(() => SafetensorsReader.Read(new OneWayStream(File(header, dataLength).ToArray())));
    }

    [TestMethod]
    public void Read_RefusesImpossibleLengths()
    {
        Assert.Contains("0 of the 8 bytes", Assert.ThrowsExactly<InvalidDataException>(() => SafetensorsReader.Read(new MemoryStream())).Message);
        foreach (ulong length in new[] { 3UL, 100_000_001UL, 1UL << 40, ulong.MaxValue, 1UL << 63 })
        {
            byte[] file = new byte[10];
            BinaryPrimitives.WriteUInt64LittleEndian(file, length);
            file[8] = (byte)'{';
            file[9] = (byte)'}';
            foreach (var stream in new Stream[] { new MemoryStream(file), new OneWayStream(file) })
            {
                long before = GC.GetAllocatedBytesForCurrentThread();
                Assert.ThrowsExactly<InvalidDataException>(() => SafetensorsReader.Read(stream));
                Assert.IsLessThan(8 << 20, GC.GetAllocatedBytesForCurrentThread() - before);
            }
        }

        byte[] notUtf8 = [3, 0, 0, 0, 0, 0, 0, 0, (byte)'{', 0xff, (byte)'}'];
        Assert.Contains("UTF-8", Assert.ThrowsExactly<InvalidDataException>(() => SafetensorsReader.Read(new MemoryStream(notUtf8))).Message);
    }

    [TestMethod]
    public void Read_HoldsToTheLengthLimit()
    {
        byte[] file = File("""{"a":{"dtype":"U8","shape":[1000],"data_offsets":[0,1000]}}""", 1000).ToArray();
        foreach (long limit in new long[] { 0, 7, 20, file.Length - 1 })
        {
            Assert.ThrowsExactly<InvalidDataException>(() => SafetensorsReader.Read(new MemoryStream(file), limit));
            Assert.ThrowsExactly<InvalidDataException>(() => SafetensorsReader.Read(new OneWayStream(file), limit));
        }

        Assert.HasCount(1, SafetensorsReader.Read(new OneWayStream(file), file.Length).Tensors);
    }

    [TestMethod]
    public void Write_RefusesNamesThatAreTaken()
    {
        var writer = new SafetensorsWriter();
        writer.Add("a", new byte[1]);
        writer.AddMetadata("k", "1");
        Assert.ThrowsExactly<ArgumentException>(() => writer.Add("a", new float[1]));
        Assert.ThrowsExactly<ArgumentException>(() => writer.Add("__metadata__", new float[1]));
        Assert.ThrowsExactly<ArgumentException>(() => writer.AddMetadata("k", "2"));
    }

    private static byte[] Bytes(SafetensorsWriter writer)
    {
        using var stream = new MemoryStream();
        writer.WriteTo(stream);
        return stream.ToArray();
    }

    private static MemoryStream File(string header, int dataLength)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        byte[] file = new byte[8 + json.Length + dataLength];
        BinaryPrimitives.WriteInt64LittleEndian(file, json.Length);
        json.CopyTo(file, 8);
        return new MemoryStream(file);
    }
}
