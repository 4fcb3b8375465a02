<?xml version="1.0" encoding="utf-8"?>
<!--
    Copyright (C) 2026 the ngx_http_s3o_presign_module authors

    A listing of S3 as a page without scripts, by nginx's xslt filter.  Keys
    come with "encoding-type=url", as XML cannot have all characters.  Names are
    put in as text and as parts of addresses, both of which are escaped.
-->
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
    xmlns:str="http://exslt.org/strings" exclude-result-prefixes="str">

<xsl:output method="html" encoding="utf-8" indent="no"
    doctype-system="about:legacy-compat"/>

<!-- The location of the objects and the folder, by xslt_string_param.  The
     answer has the folder, too, but not all servers encode it there. -->

<xsl:param name="files" select="'/files/'"/>
<xsl:param name="prefix"/>

<!-- the words of the page, which can be replaced in the same way -->

<xsl:param name="title" select="'Files'"/>
<xsl:param name="up" select="'Up'"/>
<xsl:param name="more" select="'More'"/>
<xsl:param name="empty" select="'There are no files here.'"/>

<xsl:variable name="list"
    select="'?list-type=2&amp;delimiter=/&amp;encoding-type=url&amp;prefix='"/>


<xsl:template match="/">
  <html>
    <head>
      <meta name="viewport" content="width=device-width, initial-scale=1"/>
      <meta name="color-scheme" content="light dark"/>
      <title><xsl:value-of select="$title"/></title>
      <style>
        body { max-width: 60rem; margin: auto; padding: 1rem;
               font: 1rem/1.5 system-ui, sans-serif }
        table { width: 100%; border-collapse: collapse }
        td { padding: 0.3rem 0.5rem; border-bottom: 1px solid #8886 }
        td + td { text-align: right; white-space: nowrap }
        bdi { white-space: pre-wrap; overflow-wrap: anywhere }
      </style>
    </head>
    <body>
      <xsl:apply-templates/>
    </body>
  </html>
</xsl:template>


<!-- a refusal of S3 or of this server -->

<xsl:template match="/*[local-name() = 'Error']">
  <h1><xsl:value-of select="*[local-name() = 'Code']"/></h1>
  <p><xsl:value-of select="*[local-name() = 'Message']"/></p>
</xsl:template>


<xsl:template match="/*[local-name() = 'ListBucketResult']">
  <xsl:variable name="token"
      select="string(*[local-name() = 'NextContinuationToken'])"/>

  <h1>
    <xsl:value-of select="$title"/>
    <xsl:if test="$prefix != ''">
      <xsl:text> </xsl:text><bdi><xsl:value-of select="$prefix"/></bdi>
    </xsl:if>
  </h1>

  <xsl:if test="$prefix != ''">
    <xsl:variable name="above">
      <xsl:call-template name="above">
        <xsl:with-param name="rest" select="$prefix"/>
      </xsl:call-template>
    </xsl:variable>
    <p>
      <a href="{$list}{str:encode-uri($above, true())}">
        <xsl:value-of select="$up"/>
      </a>
    </p>
  </xsl:if>

  <table>
    <xsl:apply-templates select="*[local-name() = 'CommonPrefixes']"/>
    <xsl:apply-templates select="*[local-name() = 'Contents']"/>
  </table>

  <xsl:if test="not(*[local-name() = 'CommonPrefixes'
                      or local-name() = 'Contents'])">
    <p><xsl:value-of select="$empty"/></p>
  </xsl:if>

  <xsl:if test="$token != ''">
    <p>
      <a href="{$list}{str:encode-uri($prefix, true())}&amp;continuation-token={str:encode-uri($token, true())}">
        <xsl:value-of select="$more"/>
      </a>
    </p>
  </xsl:if>
</xsl:template>


<xsl:template match="*[local-name() = 'CommonPrefixes']">
  <xsl:variable name="raw" select="string(*[local-name() = 'Prefix'])"/>
  <xsl:variable name="key">
    <xsl:call-template name="decode">
      <xsl:with-param name="text" select="$raw"/>
    </xsl:call-template>
  </xsl:variable>

  <tr>
    <td>
      <a href="{$list}{str:encode-uri($key, true())}">
        <bdi><xsl:value-of select="substring-after(concat('&#10;', $key),
                                     concat('&#10;', $prefix))"/></bdi>
      </a>
    </td>
    <td/>
    <td/>
  </tr>
</xsl:template>


<!-- Browsers resolve "." and ".." before they ask: such a name has no link, as
     it would be that of another object. -->

<xsl:template match="*[local-name() = 'Contents']">
  <xsl:variable name="key">
    <xsl:call-template name="decode">
      <xsl:with-param name="text" select="*[local-name() = 'Key']"/>
    </xsl:call-template>
  </xsl:variable>
  <xsl:variable name="name" select="substring-after(concat('&#10;', $key),
                                                 concat('&#10;', $prefix))"/>
  <xsl:variable name="path" select="concat('/', $key, '/')"/>
  <xsl:variable name="date"
      select="string(*[local-name() = 'LastModified'])"/>

  <tr>
    <td>
      <xsl:choose>
        <xsl:when test="contains($path, '/./') or contains($path, '/../')">
          <bdi><xsl:value-of select="$name"/></bdi>
        </xsl:when>
        <xsl:otherwise>
          <a href="{$files}{str:encode-uri($key, true())}">
            <bdi><xsl:value-of select="$name"/></bdi>
          </a>
        </xsl:otherwise>
      </xsl:choose>
    </td>
    <td>
      <xsl:call-template name="size">
        <xsl:with-param name="n"
            select="number(*[local-name() = 'Size'])"/>
      </xsl:call-template>
    </td>
    <td>
      <time datetime="{$date}">
        <xsl:value-of select="concat(substring($date, 1, 10), ' ',
                                     substring($date, 12, 5), ' UTC')"/>
      </time>
    </td>
  </tr>
</xsl:template>


<!-- what is not UTF-8 cannot be decoded and is shown as it came -->

<xsl:template name="decode">
  <xsl:param name="text"/>
  <xsl:variable name="decoded"
      select="str:decode-uri(str:replace($text, '+', '%20'))"/>

  <xsl:choose>
    <xsl:when test="$decoded = ''">
      <xsl:value-of select="$text"/>
    </xsl:when>
    <xsl:otherwise>
      <xsl:value-of select="$decoded"/>
    </xsl:otherwise>
  </xsl:choose>
</xsl:template>


<!-- "a/b/c/" is in "a/b/" -->

<xsl:template name="above">
  <xsl:param name="rest"/>

  <xsl:if test="substring-after($rest, '/') != ''">
    <xsl:value-of select="concat(substring-before($rest, '/'), '/')"/>
    <xsl:call-template name="above">
      <xsl:with-param name="rest" select="substring-after($rest, '/')"/>
    </xsl:call-template>
  </xsl:if>
</xsl:template>


<xsl:template name="size">
  <xsl:param name="n"/>

  <xsl:choose>
    <xsl:when test="$n &lt; 1000">
      <xsl:value-of select="concat($n, ' B')"/>
    </xsl:when>
    <xsl:when test="$n &lt; 1000000">
      <xsl:value-of select="concat(format-number($n div 1000, '0.0'), ' kB')"/>
    </xsl:when>
    <xsl:when test="$n &lt; 1000000000">
      <xsl:value-of
          select="concat(format-number($n div 1000000, '0.0'), ' MB')"/>
    </xsl:when>
    <xsl:otherwise>
      <xsl:value-of
          select="concat(format-number($n div 1000000000, '0.0'), ' GB')"/>
    </xsl:otherwise>
  </xsl:choose>
</xsl:template>

</xsl:stylesheet>
